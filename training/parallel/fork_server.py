"""What the process that workers are forked from imports first: it ends with its command, even while it imports."""

from training.parallel.lifetime import end_with_parent

end_with_parent()
