package sync

// ContentRange exposes how the header of that name is read.
var ContentRange = contentRange
