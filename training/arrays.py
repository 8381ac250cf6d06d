"""The arrays that are computed with: float64, wherever precision is promised."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
