#!/bin/sh
# The whole table of ablations of the GAN at 32 px: baseline, each improvement alone, all of them, three
# seeds each, equal samples seen. Stopped and started again, it goes on where it was.
#
#   sh runs/ablations.sh DATA [OUT] [SAMPLES] [BATCH] [TYPE]
#
# DATA: a folder of parquet files in the schema of amazing_logos_v4. For the real data set:
#   znak data fetch amazing-logos --to data/amazing && sh runs/ablations.sh data/amazing
# For synthetic data of the same schema:
#   znak corpus export --schema amazing-logos --rows 20000 data/logos.parquet --corpus CORPUS
set -eu
data=${1:?"usage: sh runs/ablations.sh DATA [OUT] [SAMPLES] [BATCH] [TYPE]"}
out=${2:-runs-out/ablations}
samples=${3:-200000}
batch=${4:-64}
type=${5:-float32}
znak train ablations "$data" --out "$out" --samples "$samples" --batch "$batch" --seeds 3 \
  --set type="$type"
znak train rgb "$data" --preset flow-rgb-32 --out "$out/flow" --samples "$samples" \
  --set batch="$batch" --set compile=false $([ -f "$out/flow/last.ckpt" ] && echo --resume)
znak compare "$out/baseline-0" "$out/all-of-them-0" "$out/flow" --data "$data" \
  --out "$out/comparison" --cache "$out/cache"
cat "$out/table.md"
