"""Comparison in numbers: turning a face upright, likeness, pairs in blocks; no model is needed."""

import numpy as np
import pytest

from graduand.gateways.photos import faces


def test_a_similarity_is_found_again():
    angle, scale, shift = 0.3, 1.7, np.array([12.0, -5.0])
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    source = np.array([[0.0, 0.0], [10.0, 1.0], [5.0, 6.0], [1.0, 9.0], [9.0, 10.0]])
    matrix = faces.similarity(source, source @ turn.T + shift)
    assert matrix == pytest.approx(np.hstack([turn, shift[:, None]]))


def test_a_face_is_never_mirrored():
    source = faces.TEMPLATE * np.array([-1.0, 1.0])
    assert np.linalg.det(faces.similarity(source, faces.TEMPLATE)[:, :2]) > 0


def vectors(count, seed=0):
    made = np.random.default_rng(seed).normal(size=(count, 128)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_cosine():
    one, other = vectors(2)
    assert faces.cosine(one.tobytes(), one.tobytes()) == pytest.approx(1, abs=1e-5)
    assert faces.cosine(one.tobytes(), other.tobytes()) == pytest.approx(
        float(one @ other), abs=1e-5
    )


@pytest.mark.parametrize("block", [1, 3, 1024])
def test_every_pair_once_whatever_the_block(monkeypatch, block):
    monkeypatch.setattr(faces, "BLOCK", block)
    table = vectors(9)
    table[7] = table[2]
    table[8] = table[2]
    pairs = [(one, other) for one, other, _ in faces.alike([row.tobytes() for row in table], 0.9)]
    assert pairs == [(2, 7), (2, 8), (7, 8)]
    assert list(faces.alike([], 0.9)) == []
