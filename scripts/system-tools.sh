#!/bin/sh
# Installs the system programs that some tests need (potrace, npm, Chromium, PostgreSQL) where that is allowed:
# as root on Debian and Ubuntu. Elsewhere those tests are skipped, loudly; in CI a failure stops here.
set -u
missing=""
command -v potrace >/dev/null 2>&1 || missing="$missing potrace"
command -v npm >/dev/null 2>&1 || missing="$missing npm"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing:$missing"
    # shellcheck disable=SC2086
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null && exit 0
    echo "system-tools: could not install$missing"
else
    echo "system-tools: not installed:$missing (tests that need them are skipped; install them with your package manager)"
fi
[ "${CI:-}" = true ] && exit 1
exit 0
