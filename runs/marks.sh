#!/bin/sh
# The mark model, from an empty folder: corpus → pack → both stages → the files the package ships.
# Run it in a clone; it makes .venv there and everything else under WORK. Each step can be run
# again: what is finished is kept, and a training that was cut off goes on from its checkpoint.
#
#   WORK=~/znak-work HOURS=10 sh runs/marks.sh
#
# On two AMX cores plan 1.5 hours for the corpus and as many HOURS as you have for the first stage.
# On a CUDA machine add PRESET=marks-gpu and see that torch was built for it.
set -eu
cd "$(dirname "$0")/.."
WORK="${WORK:-$PWD/work}"
HOURS="${HOURS:-10}"
FORM_MINUTES="${FORM_MINUTES:-90}"
PRESET="${PRESET:-marks}"
ENCODER="${ENCODER:-znak}"

[ -x .venv/bin/znak ] || {
  "${PYTHON:-python3}" -m venv .venv
  .venv/bin/pip install --quiet "${TORCH:-torch==2.13.0}"
  .venv/bin/pip install --quiet --editable '.[train]'
}
PATH="$PWD/.venv/bin:$PATH"
mkdir -p "$WORK"

[ -f "$WORK/corpus/manifest.json" ] || znak corpus build --out "$WORK/corpus"
[ -f "$WORK/pack/pack.json" ] || znak corpus pack "$WORK/corpus" --out "$WORK/pack"
# the text encoder is the package's own; runs/words.sh trains it again

resume() { [ ! -f "$1/last.ckpt" ] || echo --resume; }
weights() { [ -f "$1/model.safetensors" ] || { echo "no weights in $1" >&2; exit 1; }; }

# First stage: text → 32-px field. What is shipped is the long average of a steady rate: letting the
# rate fall to 0 in the end made no better marks (docs/marks.md).
MARKS="$WORK/runs/marks"
if [ ! -f "$MARKS/done" ]; then
  # shellcheck disable=SC2046
  znak train flow "$WORK/pack" --out "$MARKS" --preset "$PRESET" --encoder "$ENCODER" \
    --cache "$WORK/cache" --minutes $((HOURS * 60)) $(resume "$MARKS")
  touch "$MARKS/done"
fi
weights "$MARKS"

# Second stage: the later times, on 64-px fields. It learns from the drawings alone; --first is for
# the pictures of its progress. To let its rate fall in the end: --set optim.decay_at=440000
# --set optim.decay_for=400000 --set 'optim.averages=[20000,150000]' (as shipped).
FORM="$WORK/runs/form"
# shellcheck disable=SC2046
znak train form "$WORK/pack" --out "$FORM" --first "$MARKS/model.safetensors" \
  --encoder "$ENCODER" --cache "$WORK/cache" --minutes "$FORM_MINUTES" $(resume "$FORM")
weights "$FORM"

# Guidance in one pass: half of the first stage's time, which buys two more steps.
GUIDANCE="$WORK/runs/guidance"
# shellcheck disable=SC2046
znak train guidance "$WORK/pack" --out "$GUIDANCE" --first "$MARKS/model.safetensors" \
  --encoder "$ENCODER" --cache "$WORK/cache" $(resume "$GUIDANCE")
weights "$GUIDANCE"

# What the package ships: both stages in one file, what folds guidance in beside it, the tower that
# ranks, the index of likenesses.
znak train export "$MARKS" --form "$FORM" --fold "$GUIDANCE"
znak train match "$WORK/pack" --cache "$WORK/cache" --minutes 20
znak train originality "$WORK/corpus"
ls -l src/znak/engine/data
