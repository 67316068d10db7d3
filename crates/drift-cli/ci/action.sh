#!/usr/bin/env bash
# The step of action.yml that compares: writes annotations, the job summary, the report and the comment.
# Exits 0 whether the check passes or not (the output `code` says which), and with an error if it could not run.
set -euo pipefail

marker='<!-- graphql-drift -->'
schema=${INPUT_SCHEMA:?the input schema is required}
report=$RUNNER_TEMP/graphql-drift.md

# The revision to compare with.
base=${INPUT_BASE:-}
if [ -z "$base" ] && [ -n "${GITHUB_BASE_REF:-}" ]; then
  git fetch --quiet --no-tags origin "+refs/heads/$GITHUB_BASE_REF:refs/remotes/origin/$GITHUB_BASE_REF"
  if ! base=$(git merge-base "origin/$GITHUB_BASE_REF" HEAD); then
    # A shallow clone does not reach back to where the branches part.
    git fetch --quiet --no-tags --unshallow origin
    base=$(git merge-base "origin/$GITHUB_BASE_REF" HEAD)
  fi
elif [ -z "$base" ]; then
  base=${BEFORE_PUSH:-}
  # A new branch has no commit before, which is written as zeros.
  case $base in '' | 0000000*) base=HEAD~1 ;; esac
  git cat-file -e "$base^{commit}" 2> /dev/null || git fetch --quiet --no-tags --deepen=1 origin
fi

if ! git cat-file -e "$base:$schema" 2> /dev/null; then
  echo "::notice title=graphql-drift::$base has no $schema to compare with"
  { echo "code=0"; echo "report="; } >> "$GITHUB_OUTPUT"
  exit 0
fi

arguments=("git:$base:$schema" "$schema")
while IFS= read -r place; do
  if [ -n "$place" ]; then arguments+=(--operations "$place"); fi
done <<< "${INPUT_OPERATIONS:-}"
if [ -n "${INPUT_FAIL_ON:-}" ]; then arguments+=(--fail-on "$INPUT_FAIL_ON"); fi

# Annotations and the job summary; 1 says that the check fails, more that it could not run.
code=0
graphql-drift diff "${arguments[@]}" -o github || code=$?
if [ "$code" -gt 1 ]; then exit "$code"; fi
{ echo "$marker"; graphql-drift diff "${arguments[@]}" -o markdown || true; } > "$report"
if [ "${INPUT_SARIF:-}" = true ]; then
  graphql-drift diff "${arguments[@]}" -o sarif > "$RUNNER_TEMP/graphql-drift.sarif" || true
fi

# One comment for each pull request, which is updated in place. A pull request from a fork may not comment.
if [ "${INPUT_COMMENT:-}" = true ] && [ -n "${PULL_REQUEST:-}" ]; then
  comments=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
  own=$(gh api --paginate "$comments" --jq ".[] | select(.body | startswith(\"$marker\")) | .id" | head -n 1) || own=
  if [ -n "$own" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$own" --field "body=@$report" ||
      echo "::warning title=graphql-drift::the comment could not be updated; it needs the permission pull-requests: write"
  elif ! grep -q '^\*\*no changes' "$report"; then
    gh api --silent --method POST "$comments" --field "body=@$report" ||
      echo "::warning title=graphql-drift::no comment could be written; it needs the permission pull-requests: write"
  fi
fi
{ echo "code=$code"; echo "report=$report"; } >> "$GITHUB_OUTPUT"
