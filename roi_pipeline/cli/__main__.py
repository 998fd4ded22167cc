"""`python -m roi_pipeline.cli`, the same as `roi`."""

from roi_pipeline.cli import main

if __name__ == "__main__":
    main()
