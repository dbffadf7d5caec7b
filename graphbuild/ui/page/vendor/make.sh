#!/bin/sh
# Makes codemirror.js, its digest and LICENSES.txt of the versions in package-lock.json. Needs node, npm and a registry.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp editor.js package.json package-lock.json "$work"
(cd "$work" && npm ci --no-audit --no-fund --ignore-scripts --silent \
  && npx --no-install esbuild editor.js --bundle --minify --format=iife --global-name=CodeMirror --target=es2022 \
    --footer:js="window.CodeMirror = CodeMirror;" --legal-comments=none --log-level=warning --outfile=codemirror.js)
cp "$work/codemirror.js" codemirror.js
sha256sum codemirror.js > bundle.sha256
for folder in "$work"/node_modules/@codemirror/* "$work"/node_modules/@lezer/* "$work"/node_modules/@marijn/* \
  "$work"/node_modules/crelt "$work"/node_modules/style-mod "$work"/node_modules/w3c-keyname; do
  name=${folder#"$work"/node_modules/}
  echo "$name $(node -p "require('$folder/package.json').version")"
  echo
  cat "$folder/LICENSE"
  echo
done > LICENSES.txt
