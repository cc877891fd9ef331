// Package registry takes in the records of a document list as the outside
// writes them, checks them by INTERPOL's record rules for the SLTD, and turns
// them into what a list carries. It neither stores nor publishes.
//
// A record that breaks a rule is left out and named by source, line, field and
// rule: never by its number, which is a secret of the list.
package registry
