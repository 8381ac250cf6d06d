"""The ten questions of the study, a module for each."""

from collections.abc import Mapping

from training.reproduction.answers import Question
from training.reproduction.questions import (
    batch_size,
    best_settings,
    epochs,
    failures,
    near_zero,
    retry,
    second_derivative,
    times,
    wave_functions,
    width,
)

QUESTIONS: Mapping[int, Question] = {
    1: failures.QUESTION,
    2: width.QUESTION,
    3: times.QUESTION,
    4: epochs.QUESTION,
    5: batch_size.QUESTION,
    6: retry.QUESTION,
    7: best_settings.QUESTION,
    8: near_zero.QUESTION,
    9: second_derivative.QUESTION,
    10: wave_functions.QUESTION,
}
