"""What a fit learns from: samples of a function, and tables of measurements in the files that people have."""
