#!/bin/sh
# Runs scim2-tester and scim-sanity (PyPI) against `ti scim serve --sandbox`, and compares their counts with those below.
# Usage: conformance.sh PATH_OF_TI [FOLDER]. The logs are kept in the folder, if one is named.
# Exit code 0: as expected, or skipped with the reason; 1: other counts; 2: could not run.
set -u
ti=${1:?the path of ti}
# With the attributes of crates/scim/src/schema/attributes.rs: one check for each that can be added, removed and replaced.
expected_tester=105
expected_sanity="28 passed"

if ! command -v python3 > /dev/null; then
    echo "SCIM conformance is not checked: python3 is not installed"
    exit 0
fi
folder=$(mktemp -d)
gateway=
logs=${2:-$folder/logs}
mkdir -p "$logs" || exit 2
trap 'test -n "$gateway" && kill "$gateway" 2> /dev/null; rm -rf "$folder"' EXIT
if ! python3 -m venv "$folder/venv" > "$folder/pip.log" 2>&1 ||
    ! "$folder/venv/bin/pip" install --quiet scim2-tester==0.5.2 scim2-cli==0.6.0 scim2-client==0.13.2 scim2-models==0.12.3 \
        scim-sanity==0.7.4 >> "$folder/pip.log" 2>&1; then
    echo "SCIM conformance is not checked: the testers cannot be installed: $(tail -n 1 "$folder/pip.log")"
    exit 0
fi

TI_STATE_DIR="$folder" XDG_RUNTIME_DIR="$folder" "$ti" scim serve --sandbox --listen 127.0.0.1:0 > "$folder/place" \
    2> "$logs/gateway.log" &
gateway=$!
tries=0
# The line is there as soon as the roster of the sandbox was read.
while ! grep -q token "$folder/place"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 120 ] || ! kill -0 "$gateway" 2> /dev/null; then
        echo "the gateway does not start"
        cat "$logs/gateway.log"
        exit 2
    fi
    sleep 1
done
url=$(sed 's/.*"url":"\([^"]*\)".*/\1/' "$folder/place")
token=$(sed 's/.*"token":"\([^"]*\)".*/\1/' "$folder/place")

SCIM_CLI_HEADERS="Authorization: Bearer $token" "$folder/venv/bin/scim2" -u "$url" test -v > "$logs/tester.log" 2>&1
success=$(grep -c '^SUCCESS' "$logs/tester.log")
# Each with the two lines behind it, which have the reason and what was answered.
others=$(grep -E -A 2 '^(COMPLIANT|ACCEPTABLE|DEVIATION|ERROR|CRITICAL|SKIPPED)' "$logs/tester.log")
echo "scim2-tester: $success of $expected_tester checks succeeded"
status=0
if [ -n "$others" ] || [ "$success" != "$expected_tester" ]; then
    echo "$others"
    echo "scim2-tester: all $expected_tester checks have to succeed, and there must be no others"
    status=1
fi

"$folder/venv/bin/scim-sanity" probe "$url" --token "$token" --i-accept-side-effects --strict --user-domain example.com \
    > "$logs/sanity.log" 2>&1
summary=$(grep -E '[0-9]+ passed' "$logs/sanity.log" | tail -n 1 | sed 's/^[^0-9]*//')
echo "scim-sanity: $summary"
case $summary in
    "$expected_sanity"*) ;;
    *)
        grep -iE 'fail|error' "$logs/sanity.log"
        echo "scim-sanity: $expected_sanity was expected"
        status=1
        ;;
esac
exit $status
