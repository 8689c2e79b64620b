"""The handwritten digits that come with scikit-learn."""

import numpy as np

from statmech.datasets.pictures import Pictures


def load_digits() -> Pictures:
    """Handwritten digits, 1797 pictures of 8 × 8 pixels with intensities 0 to 16, in 10 classes.

    Returns
    -------
    Pictures

    Raises
    ------
    ImportError
        If scikit-learn, the extra ``data`` of this package, is not installed.

    References
    ----------
    .. [1] E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository (1998).
    """
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(
            "load_digits needs scikit-learn, which is not installed: pip install 'statmech[data]', or use "
            "synthetic_pictures, which needs nothing"
        ) from error
    digits = datasets.load_digits()
    return Pictures(images=digits.images.astype(np.uint8), labels=digits.target)
