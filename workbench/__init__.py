"""The AI Workbench: fine-tune a pretrained model on your own data without programming."""

__version__ = "0.1.0"
