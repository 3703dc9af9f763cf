#!/usr/bin/env bash
# The Action's first step: Suture in this checkout of it, and a bubblewrap that may make its namespaces.
set -euo pipefail

sh "$GITHUB_ACTION_PATH/../setup.sh"

if ! bwrap --unshare-all --ro-bind / / true 2>/dev/null &&
    [ "$(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null)" = 1 ]; then
    # Ubuntu's AppArmor keeps user namespaces from all programs without a profile; this one is for bwrap alone
    sudo tee /etc/apparmor.d/suture-bwrap >/dev/null <<PROFILE
abi <abi/4.0>,
profile suture-bwrap $(command -v bwrap) flags=(unconfined) {
  userns,
}
PROFILE
    sudo apparmor_parser -r /etc/apparmor.d/suture-bwrap
fi
