#!/usr/bin/env bash
# Makes the weights of the theatre preset from nothing: every stage in order, seeds fixed, a log beside. Stop it at any
# moment; the same command goes on. With two cores it takes days (docs/log.md has hours and losses of each stage).
#
#   reproduce/theatre.sh [FOLDER]     default: runs/theatre
#
#   FOLDER/weights/<model>            the finished weights, half precision, with evaluation.json
#   FOLDER/runs/<stage>               checkpoint, metrics.jsonl, loss curve, samples
#   FOLDER/cache                      drawn frames and what is computed from them (about 20 GB)
#   FOLDER/log.md, FOLDER/logs        begin and end of each stage, its minutes and figures; all that it said
#
# FROM=weights/theatre     goes on from those weights in place of nothing: models that STAGES does not train are copied
# STAGES="text face"       only these, in this order
# PRESET=theatre  SEED=1  THREADS=2  NICE=10
set -euo pipefail
cd "$(dirname "$0")/.."

out=$(mkdir -p "${1:-runs/theatre}" && cd "${1:-runs/theatre}" && pwd)
preset=${PRESET:-theatre}
presets=$preset
[ -d "$presets" ] || presets=presets/$preset
all="vae clip text face detector tokenizer autoregressor renderer finish animator"
stages=${STAGES:-}
if [ -z "$stages" ]; then
  for stage in $all; do [ -f "$presets/training/$stage.json" ] && stages="$stages $stage"; done
fi
mkdir -p "$out"/{weights,runs,cache,logs,done}
[ -f "$out/log.md" ] || printf '| stage | from | began | minutes | commit | figures |\n|---|---|---|---|---|---|\n' > "$out/log.md"

# what is not trained must be there before the first stage reads it
if [ -n "${FROM:-}" ]; then
  for model in "$FROM"/*/; do
    name=$(basename "$model")
    [ -e "$out/weights/$name" ] || cp -r "$model" "$out/weights/$name"
  done
fi

run() { # a stage whose weights FROM has starts from them
  local stage=$1 from=()
  case $stage in
    tokenizer) model=decoder ;; # is not shipped: without it, from nothing
    finish) model= ;; # goes on from the VAE that is there
    *) model=$stage ;;
  esac
  if [ -n "${FROM:-}" ] && [ -n "$model" ] && [ -e "$FROM/$model" ]; then from=(--from "$FROM"); fi
  nice -n "${NICE:-10}" node_modules/.bin/tsx src/cli/main.ts train "$stage" --preset "$preset" --weights "$out/weights" \
    --out "$out/runs" --cache "$out/cache" --seed "${SEED:-1}" --threads "${THREADS:-2}" "${from[@]}"
}

for stage in $stages; do
  [ -f "$out/done/$stage" ] && continue
  # the first begin of a stage that was stopped counts
  [ -f "$out/done/$stage.began" ] || date '+%s' > "$out/done/$stage.began"
  began=$(cat "$out/done/$stage.began")
  echo "$(date '+%F %T') $stage"
  if [ "$stage" = finish ] && [ ! -e "$out/unfinished/vae" ]; then
    mkdir -p "$out/unfinished" && cp -r "$out/weights/vae" "$out/unfinished/vae"
  fi
  run "$stage" >> "$out/logs/$stage.log" 2>&1 || { tail -n 3 "$out/logs/$stage.log" >&2; exit 1; }
  # the finished decoder is too sharp: half of the way keeps all of its SSIM (docs/log.md)
  if [ "$stage" = finish ]; then
    node_modules/.bin/tsx reproduce/meanWeights.ts "$out/unfinished/vae" "$out/weights/vae" "$out/weights/vae"
  fi
  figures=$(tail -n 1 "$out/runs/$stage/metrics.jsonl" | cut -c 1-300)
  minutes=$((($(date '+%s') - began) / 60))
  echo "| $stage | ${FROM:-nothing} | $(date -d "@$began" '+%F %H:%M') | $minutes | $(git rev-parse --short HEAD 2>/dev/null || echo unknown) | $figures |" >> "$out/log.md"
  touch "$out/done/$stage"
done
echo "weights in $out/weights, log in $out/log.md"
