#!/bin/sh
# The text encoder that ships in the package: sources → src/znak/words/data/words.npz → figures.
# About 15 minutes on two free cores, figures included. DRAWINGS is a corpus folder (`znak corpus build`).
set -eu
CACHE="${CACHE:-$HOME/.cache/znak}"
OUT="${OUT:-src/znak/words/data/words.npz}"
NPM="$CACHE/npm/node_modules"

mkdir -p "$CACHE/npm"
[ -d "$NPM/@iconify/json" ] || npm install --prefix "$CACHE/npm" --ignore-scripts @iconify/json emojibase-data
pip install --quiet 'znak[train]' pymorphy3

znak train words --icons "$NPM/@iconify/json" --emojibase "$NPM/emojibase-data" \
  --cache "$CACHE/words" ${DRAWINGS:+--drawings "$DRAWINGS" --before "$CACHE/words/before.npz"} \
  --seed 0 --threads 1 --out "$OUT"
python benchmarks/words.py --icons "$NPM/@iconify/json" --emojibase "$NPM/emojibase-data" \
  ${DRAWINGS:+--drawings "$DRAWINGS" --file "$CACHE/words/before.npz"} --file "$OUT"
