package main

import (
	"fmt"
	"io"
	"strings"

	"portcullis/cache/keys"
)

// keysReport is what can be told of keys, and what somebody should do about
// them.
type keysReport struct {
	keys.Status
	Warnings []string `json:"warnings"`
}

// printKeys tells about keys. It is an error that they do not open.
func printKeys(w io.Writer, ring *keys.Ring, asJSON bool) error {
	defer ring.Wipe()
	status, err := ring.Status()
	if err != nil {
		return err
	}
	r := keysReport{status, keyWarnings(status)}
	if asJSON {
		err = printJSON(w, r)
	} else {
		printKeysText(w, r)
	}
	if err == nil && (r.State == keys.StateErased || r.State == keys.StateUnusable) {
		return &exit{code: exitFailed}
	}
	return err
}

func printKeysText(w io.Writer, r keysReport) {
	fmt.Fprintf(w, "device key  %s\n", deviceKeyText(r.Status))
	if r.Provider != "" {
		fmt.Fprintf(w, "provider    %s\n", r.Provider)
	}
	if len(r.BoundTo) > 0 {
		fmt.Fprintf(w, "bound to    %s\n", strings.Join(r.BoundTo, ", "))
	}
	if r.Bits > 0 {
		fmt.Fprintf(w, "entropy     %d bits at most, for who has the disk and not the machine\n", r.Bits)
	}
	for _, l := range r.Lists {
		how := "plain"
		if l.Sealed {
			how = "sealed"
		}
		fmt.Fprintf(w, "list %-6s %s\n", l.Name, how)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(w, "warning     %s\n", warning)
	}
}

func deviceKeyText(s keys.Status) string {
	text := map[string]string{
		keys.StateNone:     "none yet: it is made when it is first needed",
		keys.StateReady:    "ready: it opens here",
		keys.StateErased:   "erased: nothing opens until portcullis keys make",
		keys.StateUnusable: "UNUSABLE",
	}[s.State]
	if s.Problem != "" {
		text += ": " + s.Problem
	}
	return text
}

func keyWarnings(s keys.Status) []string {
	warnings := []string{}
	if s.State == keys.StateReady && len(s.BoundTo) == 0 {
		warnings = append(warnings, "the device key is bound to nothing, for this machine has no identifier: whoever has the disk has the key")
	}
	for _, l := range s.Lists {
		if !l.Sealed {
			warnings = append(warnings, "the key of list "+l.Name+" lies there plain: portcullis keys seal")
		}
	}
	for _, name := range s.Exposed {
		warnings = append(warnings, name+" may be read by other users of the machine: give it mode 0600")
	}
	return warnings
}
