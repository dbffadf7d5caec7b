import numpy as np

from graphbuild.assistant.nlu.featurizers.pooling import aligned, pooled

VECTORS = np.array([[1, 4], [0, 0], [3, -2], [0, 0]], dtype=np.float32)


def test_vectors_of_zeros_do_not_count() -> None:
    splits = np.array([0, 3, 3, 4])
    assert pooled(VECTORS, splits, "mean").tolist() == [[2, 1], [0, 0], [0, 0]]
    assert pooled(VECTORS, splits, "max").tolist() == [[3, 4], [0, 0], [0, 0]]


def test_a_token_has_the_mean_of_the_words_that_it_overlaps() -> None:
    # Words:  dont|.|stop    tokens: don, t.stop, and one beyond
    spans = [(0, 4), (4, 5), (5, 9)]
    starts, ends = np.array([0, 3, 20], dtype=np.int32), np.array([3, 9, 22], dtype=np.int32)
    made = aligned(np.array([[3.0], [0.0], [6.0]], dtype=np.float32), spans, starts, ends)
    assert made.tolist() == [[3.0], [3.0], [0.0]]
    assert aligned(np.zeros((0, 1), dtype=np.float32), [], starts, ends).tolist() == [[0.0]] * 3
