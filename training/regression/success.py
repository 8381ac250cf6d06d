"""When a training has succeeded.

The study saw trainings that "end far from the function" (its figures 15, 16 and 34): in its pictures, that is all a
failure is. So a training has failed where its mean squared error exceeds a hundredth of the variance of the samples:
the fit is off by more than a tenth of the function's standard deviation on average, which shows in a picture, and
R² = 1 - mse / variance is below 0.99. The loss not being a number is a failure too.

What the errors are beside it, mse / variance, of the study's settings (relu, Adam, float32, the gaussian):

- h=200, 30 epochs, batch 200: of 100 trainings half ended below 2.6e-4, and 17 above 0.01, up to 0.29;
- h=30, 15 epochs, batch 100: 100 trainings had a median of 2.7e-4, and 2.4e-3 was the largest.

With x and y standardised the threshold lies in a gap:

- h=200, 30 epochs, batch 200: 200 trainings had a median of 1e-6, and 1.9e-4 was the largest;
- h=30, 15 epochs, batch 100: 200 trainings had a median of 1.2e-4, and 2.5e-3 was the largest. After 5 epochs the
  median is 0.016: the "many bad fits" that the study saw between 0 and 10 epochs.

A multiple of the median of the same setting would not do: where half of the trainings fail, it calls none a failure.
"""

# Of the variance of the samples.
FAILED_PART = 0.01


def is_failed(mse: float, variance: float) -> bool:
    """Whether a training that ended with this error has failed; the variance is that of the samples' y."""
    return not mse <= FAILED_PART * variance
