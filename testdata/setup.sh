#!/usr/bin/env bash
# Installs what the tests need beyond Go: Chromium with fonts for the six
# languages, and axe-core. As root on Debian it does so; elsewhere it says what
# to run. Without them the browser tests say that they were skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

packages="chromium fonts-noto-core fonts-noto-cjk"
browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
if ! browser >/dev/null; then
	if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then
		echo "installing $packages"
		apt-get update -qq
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
	else
		echo "no Chromium: the browser tests will be skipped. On Debian or Ubuntu:"
		echo "  sudo apt-get install $packages"
		echo "elsewhere install Chrome or Chromium so that it is found as chromium or google-chrome"
	fi
fi
if [ ! -f node_modules/axe-core/axe.min.js ]; then
	if command -v npm >/dev/null; then
		npm ci --silent --no-audit --no-fund
	else
		echo "no npm: the accessibility checks with axe will be skipped. Install Node.js and run: npm ci"
	fi
fi
