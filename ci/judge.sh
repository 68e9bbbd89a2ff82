#!/usr/bin/env bash
# What the ready-made integrations run: judge.sh github|gitlab
#
# SAYSO_FILES      files, folders or patterns, one a line (a pattern that fits nothing is an error: nothing judged is nothing gained)
# SAYSO_COMMAND    gate, check or floor (gate)
# SAYSO_POLICY     the policy file (the nearest sayso.toml upwards)
# SAYSO_ARGUMENTS  further arguments, one a line
# SAYSO_SARIF, SAYSO_JUNIT  files to write in these formats
set -u
where=${1:?github or gitlab}
shopt -s globstar nullglob
command=${SAYSO_COMMAND:-gate}
case $command in
  gate | check | floor) ;;
  *)
    echo "SAYSO_COMMAND is gate, check or floor, not $command" >&2
    exit 2
    ;;
esac

files=()
while IFS= read -r line; do
  line=${line#"${line%%[![:space:]]*}"}
  line=${line%"${line##*[![:space:]]}"}
  [ -z "$line" ] && continue
  before=${#files[@]}
  if [ -e "$line" ]; then
    files+=("$line")
  else
    # Only patterns are expanded here, never split at blanks.
    IFS='' matched=($line)
    files+=("${matched[@]+"${matched[@]}"}")
  fi
  if [ "${#files[@]}" -eq "$before" ]; then
    echo "nothing fits $line" >&2
    exit 2
  fi
done <<< "${SAYSO_FILES:-}"
if [ "${#files[@]}" -eq 0 ]; then
  echo "SAYSO_FILES names no file" >&2
  exit 2
fi

arguments=()
if [ -n "${SAYSO_POLICY:-}" ]; then
  arguments+=(--policy "$SAYSO_POLICY")
fi
while IFS= read -r line; do
  [ -n "$line" ] && arguments+=("$line")
done <<< "${SAYSO_ARGUMENTS:-}"

judge() {
  sayso "$command" ${arguments[@]+"${arguments[@]}"} "$@" "${files[@]}"
}

# Once for people, which decides; the formats for tools say the same.
judge
status=$?
if [ "$where" = github ]; then
  judge --format github 2>/dev/null
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    judge --format markdown >> "$GITHUB_STEP_SUMMARY" 2>/dev/null
  fi
fi
if [ -n "${SAYSO_SARIF:-}" ]; then
  judge --format sarif > "$SAYSO_SARIF" 2>/dev/null
fi
if [ -n "${SAYSO_JUNIT:-}" ]; then
  judge --format junit > "$SAYSO_JUNIT" 2>/dev/null
fi
exit "$status"
