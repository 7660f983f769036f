"""Numbers as MLflow's databases have them."""

from __future__ import annotations

import numpy as np

from trackline.domain.points import Floats

# It stands there where a client said infinity.
_LARGEST = np.finfo(np.float64).max


def with_infinity(values: Floats) -> Floats:
    return np.where(np.abs(values) == _LARGEST, np.copysign(np.inf, values), values)
