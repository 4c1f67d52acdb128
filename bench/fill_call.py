"""One fill by a peer's Python library, in a process of its own.

  fill_call.py KEY                                     prints the library's version, or fails
  fill_call.py KEY IMAGE MASK OUT THREADS SEED         fills, and prints the seconds and CPU seconds of the call

Settings are those of the programs that people fill with, or the library's own."""

import sys
import time
from importlib.metadata import version

PACKAGES = {
    "pypatchmatch": "pypatchmatch",
    "patchmatch-cython": "patchmatch-cython",
    "opencv-ns": "opencv-contrib-python-headless",
    "opencv-telea": "opencv-contrib-python-headless",
    "opencv-shiftmap": "opencv-contrib-python-headless",
    "opencv-fsr": "opencv-contrib-python-headless",
    "scikit-biharmonic": "scikit-image",
}


def filler(key, threads, seed):
    """A function of an RGB picture (uint8) and a mask (uint8, 255 = fill) that returns the filled picture."""
    if key == "pypatchmatch":  # IOPaint's and InvokeAI's call
        import patchmatch
        patchmatch.set_random_seed(seed)
        return lambda image, mask: patchmatch.inpaint(image, mask, patch_size=3)
    if key == "patchmatch-cython":
        from patchmatch_cython.inpaint import inpaint_pyramid
        return lambda image, mask: inpaint_pyramid(image, mask > 0, patch_size=7, seed=seed)
    if key == "scikit-biharmonic":
        from skimage.restoration import inpaint_biharmonic
        return lambda image, mask: inpaint_biharmonic(image, mask > 0, channel_axis=-1)
    import cv2
    cv2.setNumThreads(threads)
    if key in ("opencv-ns", "opencv-telea"):
        method = cv2.INPAINT_NS if key == "opencv-ns" else cv2.INPAINT_TELEA
        return lambda image, mask: cv2.inpaint(image, mask, 5, method)
    if key == "opencv-fsr":
        return lambda image, mask: xphoto(cv2, image, mask, cv2.xphoto.INPAINT_FSR_FAST)

    def shiftmap(image, mask):  # wants Lab
        lab = cv2.cvtColor(image, cv2.COLOR_RGB2Lab)
        return cv2.cvtColor(xphoto(cv2, lab, mask, cv2.xphoto.INPAINT_SHIFTMAP), cv2.COLOR_Lab2RGB)

    return shiftmap


def xphoto(cv2, image, mask, method):
    out = image.copy()
    cv2.xphoto.inpaint(image, 255 - mask, out, method)
    return out


def main():
    key = sys.argv[1]
    if len(sys.argv) == 2:
        filler(key, 1, 0)
        print(version(PACKAGES[key]))
        return
    import numpy as np
    from PIL import Image
    image_path, mask_path, out_path, threads, seed = sys.argv[2:]
    image = np.array(Image.open(image_path).convert("RGB"))
    mask = np.where(np.array(Image.open(mask_path).convert("L")) > 127, 255, 0).astype(np.uint8)
    fill = filler(key, int(threads), int(seed))
    wall, cpu = time.perf_counter(), time.process_time()
    filled = np.asarray(fill(image, mask))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if filled.dtype != np.uint8:  # samples of 0..1
        filled = np.clip(filled * (255 if filled.max() <= 1.01 else 1) + 0.5, 0, 255).astype(np.uint8)
    Image.fromarray(np.ascontiguousarray(filled)).save(out_path, compress_level=1)
    print(f"CALL {wall} {cpu}")


if __name__ == "__main__":
    main()
