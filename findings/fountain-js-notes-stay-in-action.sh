#!/bin/bash
# fountain-js 1.2.4: a private note of a screenplay, [[...]], that stands within a paragraph stays in the text of the action token,
# brackets and all; a note that is a paragraph of its own becomes a token `note`, and boneyard goes without a trace. So who prints
# the tokens of type `action` prints private notes, and the HTML that `parse` gives has both as comments in its source.
# Seen: action "She runs. [[who?]] He waits." beside note "alone". Fails when that changes.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null; npm install --no-audit --no-fund --silent fountain-js@1.2.4
cat > read.mjs <<'JS'
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Fountain } from 'fountain-js';
const { version } = createRequire(import.meta.url)('fountain-js/package.json');
const source = 'INT. ROOM - DAY\n\nShe runs. [[who?]] He waits.\n\n[[alone]]\n\n/* gone */\n\nThe end.';
const { tokens, html } = new Fountain().parse(source, true);
const seen = tokens.map(({ type, text }) => `${type}: ${text}`);
console.log('fountain-js', version, seen, html.script);
assert.deepEqual(seen, [
  'scene_heading: INT. ROOM - DAY',
  'action: She runs. [[who?]] He waits.',
  'note: alone',
  'action: The end.',
]);
assert.match(html.script, /<!-- who\? -->/);
JS
node read.mjs
