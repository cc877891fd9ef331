package synthetic

import "portcullis/central/registry"

// Specimens returns documents of the issuer UTO, Utopia, that stand on a list
// for trials: one for each status that a document can have, and one of each
// class. Their numbers begin with SPEC and never change.
func Specimens() []registry.Record {
	specimen := func(number, class, status string) registry.Record {
		return registry.Record{Number: number, IssuingState: "UTO", Type: class, Status: status, Date: "2025-06-01", Country: "UTO"}
	}
	blank := specimen("SPEC00003", "P", "stolen-blank")
	blank.Lot, blank.Reference = "UTO-BLANKS-1", "UTO/2025/3"
	return []registry.Record{
		specimen("SPEC00001", "P", "stolen"),
		specimen("SPEC00002", "P", "lost"),
		blank,
		specimen("SPEC00004", "P", "invalid"),
		specimen("SPEC00005", "P", "revoked"),
		specimen("SPEC00006", "I", "stolen"),
		specimen("SPEC00007", "I", "lost"),
		specimen("SPEC00008", "V", "stolen"),
	}
}
