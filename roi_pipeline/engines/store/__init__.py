"""What is kept between runs, one module per thing kept: values, credit, baseline locks, rule runs."""
