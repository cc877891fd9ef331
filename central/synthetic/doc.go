// Package synthetic makes up document lists for trials, demonstrations and
// measurements: as many records as wanted, the same ones for the same seed.
//
// Nothing in them is a person or a document. The issuing States are among the
// codes that ISO 3166-1 leaves to its users and will never give to a country,
// QMA to QTZ, so that no record matches a document that anyone holds.
package synthetic
