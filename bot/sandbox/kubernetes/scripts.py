"""The shell programs of a pod. Each gets what varies as arguments; none of them reads what another wrote."""

from __future__ import annotations

from bot.sandbox.supervisor import CACHES

# receive: does nothing but wait for the marker that only the program below makes
WAIT = "until [ -e /handed/over ]; do sleep 0.1; done"

# Run in `receive` with the archive as standard input. A cut-off archive may look whole to tar, hence the
# digest. tar may leave the padding at the end unread, hence the cat. The roots of volumes are the node's,
# whose times nobody here may set: copy what is in them.
RECEIVE = r"""
mkfifo /handed/pipe || exit 1
sha256sum </handed/pipe >/handed/sum &
tee /handed/pipe | { tar -xpf - -C /; code=$?; cat >/dev/null; exit $code; } || exit 2
wait
read -r sum rest </handed/sum
[ "$sum" = "$1" ] || { echo 'the source did not arrive whole' >&2; exit 3; }
find /src -mindepth 1 -maxdepth 1 -exec cp -dR --preserve=mode,timestamps,links -t /tree {} + || exit 4
: >/handed/over
"""

# payload: the shell is the first process of its pid namespace, which the payload cannot kill; the kernel ends
# all that is left when it exits.
PAYLOAD = r'"$@" </dev/null >/streams/out 2>/streams/err; exit $?'

# keeper, once the payload's container is gone. The report has the form that bot.sandbox.supervisor reads.
REPORT = r"""
result=$1 most=$2 most_written=$3
printf R
diff -rq --no-dereference EXCLUDED /src /tree 2>&1 | head -c "$most_written"
printf '\000'
if [ -f "$result" ] && [ ! -L "$result" ]; then printf F; head -c "$most" "$result"; fi
""".replace("EXCLUDED", " ".join(f"-x '{name}'" for name in CACHES))

FLOODED = 10  # exit code of STREAMS: as much was written as may be

STREAMS = r"""
half=$1 flood=$2 total=0
show() {
    [ -f "$1" ] && [ ! -L "$1" ] || return 0
    size=$(wc -c <"$1")
    total=$((total + size))
    if [ "$size" -le $((half * 2)) ]; then cat "$1"; return 0; fi
    head -c "$half" "$1"
    printf '\n[... %d bytes dropped ...]\n' $((size - half * 2))
    tail -c "$half" "$1"
}
show /streams/out
show /streams/err >&2
[ "$total" -lt "$flood" ] || exit 10
"""
