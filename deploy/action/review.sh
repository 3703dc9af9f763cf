#!/usr/bin/env bash
# The Action's one step of work: reviews, and tells it in the log, in the job summary and in files.
# Its exit code is that of `suture review`.
set -uo pipefail

if [ "$GITHUB_EVENT_NAME" = pull_request_target ] || [ "$GITHUB_EVENT_NAME" = workflow_run ]; then
    echo "::error title=Suture::Not on $GITHUB_EVENT_NAME: it brings this repository's secrets to a stranger's code. Use pull_request."
    exit 2
fi

suture="$GITHUB_ACTION_PATH/../../.venv/bin/suture"
sarif="$REVIEW_REPORTS/suture.sarif" json="$REVIEW_REPORTS/suture.json"
annotations=$(mktemp)
trap 'rm -f "$annotations"' EXIT
mkdir -p "$REVIEW_REPORTS"

# Nothing that the review prints is a command to the runner: it speaks of a stranger's code
word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$word"
"$suture" review "$REVIEW_PATH" \
    --base "$REVIEW_BASE" --head "$REVIEW_HEAD" \
    --reviewer "$REVIEW_REVIEWER" --fail-on "$REVIEW_FAIL_ON" \
    ${REVIEW_PYTHON:+--python "$REVIEW_PYTHON"} \
    --also "github=$annotations" --also "markdown=$GITHUB_STEP_SUMMARY" \
    --also "sarif=$sarif" --also "json=$json"
code=$?
echo "::$word::"

cat "$annotations"
if [ ! -s "$annotations" ]; then
    code=2
    echo "::error title=Suture::Failed: nothing was reviewed. The log of this step says why."
    echo "# Failed: nothing was reviewed" >>"$GITHUB_STEP_SUMMARY"
    rm -f "$sarif" "$json"
fi
{
    echo "exit-code=$code"
    for pair in "sarif=$sarif" "json=$json"; do
        [ -f "${pair#*=}" ] && echo "$pair"
    done
} >>"$GITHUB_OUTPUT"
exit "$code"
