"""What runs a LightningModule: Lightning, callbacks and checkpoints."""
