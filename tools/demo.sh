#!/usr/bin/env bash
# Removes the two dogs from the example photo with the program that ./run built. Pictures go to demo-out/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=demo-out
mkdir -p "$out"
cp examples/friends.jpg "$out/before.jpg"
build/pawfect fill --image "$out/before.jpg" --mask examples/friends.mask.png --out "$out/after.jpg" \
  --overlay "$out/mask.jpg" --compare "$out/before-after.jpg" --report "$out/report.json" "$@"

cat <<END

before          $PWD/$out/before.jpg
after           $PWD/$out/after.jpg
side by side    $PWD/$out/before-after.jpg
the mask        $PWD/$out/mask.jpg
what was done   $PWD/$out/report.json

Now with a photo of yours, white in the mask means "remove this":
  build/pawfect fill --image photo.jpg --mask mask.png --out clean.jpg

The photo is "friends" by Aitzol Berasategi, CC BY 4.0; see examples/README.md.
END
