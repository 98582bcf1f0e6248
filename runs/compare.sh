#!/bin/sh
# The seed's baseline, the improved GAN and the flow model on RGB, side by side after equal time. Stopped and
# started again, it goes on where it was; a finished run is not trained again.
#
#   sh runs/compare.sh DATA [OUT] [MINUTES]
#
# DATA: a folder of parquet files in the schema of amazing_logos_v4. For the real data set:
#   znak data fetch amazing-logos --to data/amazing && sh runs/compare.sh data/amazing
# The baseline is the seed's to the letter but for its rows: like the others it trains on the split "train",
# so that the pictures it is measured against are new to it.
set -eu
data=${1:?"usage: sh runs/compare.sh DATA [OUT] [MINUTES]"}
out=${2:-runs-out/compare}
minutes=${3:-60}
train() { # command, preset, settings …
  command=$1 preset=$2
  shift 2
  [ -f "$out/$preset/model.safetensors" ] && return
  if [ -f "$out/$preset/last.ckpt" ]; then set -- "$@" --resume; fi
  znak train "$command" "$data" --preset "$preset" --out "$out/$preset" --cache "$out/cache" \
    --minutes "$minutes" --set metrics_epochs=0 --set epochs=null --set samples=1000000000 "$@"
}
train gan seed-baseline --set pictures.rows=split
train gan gan-32 --set type=bfloat16
train rgb flow-rgb-32 --set compile=false
znak compare "$out/seed-baseline" "$out/gan-32" "$out/flow-rgb-32" --data "$data" \
  --out "$out/comparison" --cache "$out/cache"
