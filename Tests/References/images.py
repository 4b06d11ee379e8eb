"""Records what PIL, torchvision and Keras make of small images, for the tests of MartinetVision.

    .venv/bin/python Tests/References/images.py [FOLDER WITH PHOTOGRAPHS]

Needs Pillow, torchvision, Keras and, for a YCCK file, libturbojpeg. With a folder, it also records a grid of pixels of
each photograph in it, after torchvision's and Keras's preprocessing.
"""

import base64
import ctypes
import io
import json
import os
import struct
import sys
import zlib
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
import torchvision.transforms as T
import torchvision.transforms.functional as F
from PIL import Image, ImageOps

HERE = Path(__file__).parent
OUTPUT = HERE.parent / "MartinetVisionTests" / "References" / "images.json"
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def text(data):
    return base64.b64encode(bytes(data)).decode()


def floats(array):
    return text(np.ascontiguousarray(array, dtype="<f4").tobytes())


def test_image(height, width, seed=0):
    """Waves, an edge and noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = np.stack([np.sin(x / 3), np.cos(y / 4), np.sin((x + y) / 5)], -1) * 80 + 128
    waves[:, width // 2 :, 0] += 60
    noise = random.normal(0, 12, waves.shape)
    return np.clip(waves + noise, 0, 255).astype(np.uint8)


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, **options)
    return out.getvalue()


def ycck(cmyk):
    library = ctypes.CDLL("libturbojpeg.so.0")
    library.tjInitCompress.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(library.tjInitCompress())
    out, size = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_ulong(0)
    height, width, _ = cmyk.shape
    cmyk_format, full_chroma = 11, 0
    status = library.tjCompress2(
        handle, cmyk.tobytes(), width, 0, height, cmyk_format, ctypes.byref(out), ctypes.byref(size), full_chroma, 85, 0)
    assert status == 0
    return ctypes.string_at(out, size.value)


def png(samples, depth, color, interlaced=False, palette=None, transparency=None, extra=()):
    """A PNG file of `samples`, [height, width, channels], each of `depth` bits."""
    height, width, channels = samples.shape

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    def rows(part):
        out = b""
        for row in part:
            if part.shape[1] == 0:
                continue
            values = row.reshape(-1)
            if depth == 16:
                data = values.astype(">u2").tobytes()
            elif depth == 8:
                data = values.astype(np.uint8).tobytes()
            else:
                bits = "".join(format(int(value), f"0{depth}b") for value in values)
                bits += "0" * (-len(bits) % 8)
                data = int(bits, 2).to_bytes(len(bits) // 8, "big")
            out += b"\0" + data
        return out

    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        data = b"".join(rows(samples[top::down, left::right]) for top, left, down, right in passes)
    else:
        data = rows(samples)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    for name, value in extra:
        out += chunk(name, value)
    if palette is not None:
        out += chunk(b"PLTE", palette)
    if transparency is not None:
        out += chunk(b"tRNS", transparency)
    return out + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def decoding_cases():
    def case(name, data, expected=None, tolerance=0):
        if expected is None:
            expected = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
        height, width, _ = expected.shape
        return dict(name=name, file=text(data), height=height, width=width, pixels=text(expected), tolerance=tolerance)

    color = test_image(21, 34)
    rgb = Image.fromarray(color)
    gray = rgb.convert("L")
    cmyk = rgb.convert("CMYK")
    # Other releases of libjpeg-turbo may round differently.
    yield case("baseline.jpeg", jpeg(rgb), tolerance=1)
    yield case("full chroma.jpeg", jpeg(rgb, subsampling=0), tolerance=1)
    yield case("halved chroma.jpeg", jpeg(rgb, subsampling=1), tolerance=1)
    yield case("progressive.jpeg", jpeg(rgb, progressive=True), tolerance=1)
    yield case("restarts.jpeg", jpeg(rgb, restart_marker_blocks=2), tolerance=1)
    yield case("gray.jpeg", jpeg(gray), tolerance=1)
    yield case("gray progressive.jpeg", jpeg(gray, progressive=True), tolerance=1)
    yield case("rgb.jpeg", jpeg(rgb, keep_rgb=True), tolerance=1)
    yield case("cmyk.jpeg", jpeg(cmyk), tolerance=1)
    yield case("cmyk progressive.jpeg", jpeg(cmyk, progressive=True), tolerance=1)
    yield case("ycck.jpeg", ycck(np.array(cmyk)), tolerance=1)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = jpeg(Image.fromarray(test_image(11, 18)), exif=exif)
        upright = np.array(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
        yield case(f"orientation {orientation}.jpeg", data, upright, tolerance=1)

    random = np.random.default_rng(1)
    for depth in (1, 2, 4, 8):
        samples = random.integers(0, 2**depth, (7, 13, 1))
        yield case(f"gray {depth}.png", png(samples, depth, 0))
        yield case(f"gray {depth} interlaced.png", png(samples, depth, 0, interlaced=True))
        palette = random.integers(0, 256, 3 * 2**depth, dtype=np.uint8).tobytes()
        yield case(f"palette {depth}.png", png(samples, depth, 3, palette=palette))
    transparency = bytes(range(0, 256, 16))
    samples = random.integers(0, 16, (7, 13, 1))
    palette = random.integers(0, 256, 48, dtype=np.uint8).tobytes()
    yield case("palette with alpha.png", png(samples, 4, 3, palette=palette, transparency=transparency))
    yield case("gray and alpha.png", png(random.integers(0, 256, (7, 13, 2)), 8, 4))
    yield case("gray with a transparent value.png", png(samples, 8, 0, transparency=b"\0\3"))
    three, four = random.integers(0, 256, (7, 13, 3)), random.integers(0, 256, (7, 13, 4))
    yield case("rgb.png", png(three, 8, 2))
    yield case("rgb interlaced.png", png(three, 8, 2, interlaced=True))
    yield case("rgb with a transparent colour.png", png(three, 8, 2, transparency=b"\0\1\0\2\0\3"))
    yield case("rgb with gamma.png", png(three, 8, 2, extra=[(b"gAMA", struct.pack(">I", 100000))]))
    yield case("rgba.png", png(four, 8, 6))
    yield case("rgba interlaced.png", png(four, 8, 6, interlaced=True))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = png(three, 8, 2, extra=[(b"eXIf", exif.tobytes()[6:])])
    yield case("turned.png", turned, np.array(ImageOps.exif_transpose(Image.open(io.BytesIO(turned)))))
    for name, channels, kind in [("gray 16", 1, 0), ("gray and alpha 16", 2, 4), ("rgb 16", 3, 2), ("rgba 16", 4, 6)]:
        samples = random.integers(0, 65536, (7, 13, channels))
        # The nearest of 8 bits; PIL takes the upper ones, and 255 for most of a grey image.
        nearest = np.round(samples[..., : 3 if channels > 2 else 1] / 257).astype(np.uint8)
        yield case(name + ".png", png(samples, 16, kind), np.broadcast_to(nearest, (7, 13, 3)))
    saved = io.BytesIO()
    rgb.save(saved, "PNG")
    yield case("filtered.png", saved.getvalue())


def resizing(source):
    image = Image.fromarray(source)
    kinds = dict(nearest=Image.NEAREST, bilinear=Image.BILINEAR, bicubic=Image.BICUBIC)
    for name, kind in kinds.items():
        for height, width in [(19, 20), (47, 31), (33, 11), (13, 41), (4, 5), (1, 1)]:
            pixels = np.array(image.resize((width, height), kind))
            yield dict(interpolation=name, height=height, width=width, pixels=text(pixels))


def preprocessing(source):
    image = Image.fromarray(source)
    normalize = T.Compose([T.ToTensor(), T.Normalize(MEAN, DEVIATION)])
    for resize, crop in [(24, 20), (25, 22), (12, 16), (40, 31)]:
        pixels = np.array(T.Compose([T.Resize(resize), T.CenterCrop(crop)])(image))
        values = normalize(Image.fromarray(pixels)).permute(1, 2, 0).numpy()
        yield dict(kind="torchvision", resize=resize, crop=crop, interpolation="bilinear", values=floats(values))
    data = io.BytesIO()
    image.save(data, "PNG")
    for interpolation in ("nearest", "bilinear"):
        loaded = keras.utils.load_img(io.BytesIO(data.getvalue()), target_size=(24, 24), interpolation=interpolation)
        values = keras.applications.resnet50.preprocess_input(keras.utils.img_to_array(loaded))
        yield dict(kind="keras", resize=24, crop=24, interpolation=interpolation, values=floats(values))


def resized_tensors(source):
    tensor = torch.from_numpy(source).permute(2, 0, 1).float() / 255
    for kind in (F.InterpolationMode.BILINEAR, F.InterpolationMode.BICUBIC):
        for height, width in [(12, 14), (37, 10), (9, 44)]:
            result = F.resize(tensor, [height, width], kind, antialias=True).permute(1, 2, 0)
            yield dict(interpolation=kind.value, height=height, width=width, values=floats(result.numpy()))


def photographs(folder):
    """Each fourteenth pixel in each direction after preprocessing to 224 x 224."""
    for path in sorted(Path(folder).glob("*.jp*g")):
        image = Image.open(path).convert("RGB")
        torchvision = np.array(T.Compose([T.Resize(256), T.CenterCrop(224)])(image))
        nearest = np.array(keras.utils.load_img(path, target_size=(224, 224)))
        yield dict(
            name=path.name, height=image.height, width=image.width, torchvision=text(torchvision[7::14, 7::14]),
            keras=text(nearest[7::14, 7::14]), mean=torchvision.mean(axis=(0, 1)).tolist())


source = test_image(33, 41, seed=2)
recorded = dict(
    decoding=list(decoding_cases()),
    source=dict(height=33, width=41, pixels=text(source)),
    resizing=list(resizing(source)),
    preprocessing=list(preprocessing(source)),
    resizedTensors=list(resized_tensors(source)),
    photographs=list(photographs(sys.argv[1])) if len(sys.argv) > 1 else [],
)
OUTPUT.parent.mkdir(exist_ok=True)
OUTPUT.write_text(json.dumps(recorded, indent=0) + "\n")
