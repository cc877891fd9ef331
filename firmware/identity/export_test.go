package identity

// Tend is what Run does again and again.
var Tend = (*Identity).tend
