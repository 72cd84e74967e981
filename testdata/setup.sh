#!/usr/bin/env bash
# Installs what the tests need beyond Go: Chromium with fonts for the six
# languages, and axe-core; with the word soak also programs of others that read
# what we give out, as LibreOffice, the Nu HTML checker with the Java that it runs
# on, and Lighthouse. As root on Debian it does so; elsewhere it says what to run.
# Without them the tests that need them say that they were skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

# need WHAT PACKAGES ELSEWHERE PROGRAM… installs the packages, or says how, unless
# one of the programs is there.
need() {
	local what=$1 packages=$2 elsewhere=$3 program
	shift 3
	for program; do
		if command -v "$program" >/dev/null; then return; fi
	done
	if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then
		echo "installing $packages"
		apt-get update -qq
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
	else
		echo "no $what: the tests that need it will be skipped. On Debian or Ubuntu:"
		echo "  sudo apt-get install $packages"
		echo "elsewhere $elsewhere"
	fi
}

need Chromium "chromium fonts-noto-core fonts-noto-cjk" \
	"install Chrome or Chromium so that it is found as chromium or google-chrome" chromium chromium-browser google-chrome
if [ "${1:-}" = soak ]; then
	need LibreOffice libreoffice-calc-nogui "install LibreOffice so that it is found as soffice" soffice
	need "harvester (HTTP::OAI)" libhttp-oai-perl "install HTTP::OAI from CPAN" oai_pmh
	need R "r-base-core r-cran-jsonlite r-cran-curl r-cran-openssl" "install R with jsonlite, curl and openssl" Rscript
	need Java default-jre-headless "install Java so that it is found as java" java
	if [ ! -d testdata/soak/node_modules/jsonld ] && command -v npm >/dev/null; then
		npm ci --prefix testdata/soak --ignore-scripts --silent --no-audit --no-fund
	fi
fi
if [ ! -f node_modules/axe-core/axe.min.js ]; then
	if command -v npm >/dev/null; then
		npm ci --silent --no-audit --no-fund
	else
		echo "no npm: the accessibility checks with axe will be skipped. Install Node.js and run: npm ci"
	fi
fi
