"""EN 13201 as a pure engine: photometry, road surfaces, luminance, illuminance, glare, classes, certificates."""
