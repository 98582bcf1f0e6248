#!/bin/sh
# The seed's baseline, the improved GAN and the flow model on RGB, side by side after equal time. Stopped and
# started again, it goes on where it was; a finished run is not trained again.
#
#   sh runs/compare.sh DATA [OUT] [MINUTES] [COUNT]
#
# MINUTES of training each (60), COUNT pictures to measure at most (2000).
# DATA: a folder of parquet files in the schema of amazing_logos_v4. For the real data set:
#   znak data fetch amazing-logos --to data/amazing && sh runs/compare.sh data/amazing
# The baseline is the seed's to the letter but for its rows: like the others it trains on the split "train",
# so that the pictures it is measured against are new to it.
set -eu
data=${1:?"usage: sh runs/compare.sh DATA [OUT] [MINUTES]"}
out=${2:-runs-out/compare}
minutes=${3:-60}
count=${4:-2000}
left() { # minutes that a stopped run still has
  python - "$out/$1" "$minutes" <<'END'
import sys
from pathlib import Path

from znak.training.compare import read_cost

spent = read_cost(Path(sys.argv[1]))["minutes of training"]
print(max(0.01, float(sys.argv[2]) - spent))
END
}
train() { # command, preset, settings …
  command=$1 preset=$2 time=$minutes
  shift 2
  [ -f "$out/$preset/model.safetensors" ] && return
  if [ -f "$out/$preset/last.ckpt" ]; then
    time=$(left "$preset")
    set -- "$@" --resume
  fi
  znak train "$command" "$data" --preset "$preset" --out "$out/$preset" --cache "$out/cache" \
    --minutes "$time" --set metrics_epochs=0 --set epochs=null --set samples=1000000000 "$@"
}
train gan seed-baseline --set pictures.rows=split
train gan gan-32 --set type=bfloat16
train rgb flow-rgb-32 --set compile=false
znak compare "$out/seed-baseline" "$out/gan-32" "$out/flow-rgb-32" --data "$data" \
  --out "$out/comparison" --cache "$out/cache" -n "$count"
