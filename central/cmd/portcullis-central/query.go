package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portcullis/protocol"
)

// exitFound says that a document is listed.
const exitFound = 20

func newQuery() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "query",
		Short: "Ask a central service whether a document is listed, and read its log",
		Long:  "Ask a central service whether a document is listed, and read its log of such queries." + exitCodes,
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return errors.New("name a command: search or log") },
	}
	cmd.AddCommand(newQuerySearch(), newQueryLog())
	return cmd
}

type searchFlags struct {
	client  queryClient
	number  string
	request protocol.SearchRequest
	details bool
	json    bool
	timeout time.Duration
}

func newQuerySearch() *cobra.Command {
	var flags searchFlags
	cmd := &cobra.Command{
		Use:   "search --url URL --cert FILE --key FILE --ca FILE --number - --issuer STATE --type TYPE",
		Short: "Ask whether a document is listed",
		Long: `Ask a central service whether a document is listed, and log that it was asked.

The number comes on standard input: what stands on a command line can be read
by every user of the machine.

Exit codes: 0 not listed, 20 listed, 1 not known (the reason is on standard
error), 2 wrong usage. So a script goes on only when the document is not listed.`,
		Example: `  portcullis-central query search --url https://central.example:8441 --cert customs.crt --key customs.key \
    --ca authorities.pem --number - --issuer UTO --type P < number.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.number != "-" {
				return errNumber
			}
			return work(flags.run)(cmd, nil)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.client.url, "url", "", "address of the central service")
	f.StringVar(&flags.client.cert, "cert", "", "certificate of who asks, in PEM")
	f.StringVar(&flags.client.key, "key", "", "its private key, in PEM")
	f.StringVar(&flags.client.ca, "ca", "", "authorities that the service's certificate is to be of, in PEM")
	f.StringVar(&flags.number, "number", "", "- : the number of the document is on standard input")
	f.StringVar(&flags.request.IssuingState, "issuer", "", "issuing State, three letters or D")
	f.StringVar(&flags.request.Type, "type", "", "P, I, V or O, or a code such as PAS")
	f.IntVar(&flags.request.Max, "max", 0, "of records, up to 50; 0 is 10")
	f.StringVar(&flags.request.Reference, "reference", "", "your own reference, for the log; no personal data")
	f.BoolVar(&flags.details, "details", false, "ask for the details of what is found too")
	f.BoolVar(&flags.json, "json", false, "print each reply as JSON, one a line")
	f.DurationVar(&flags.timeout, "timeout", 15*time.Second, "how long to wait")
	for _, name := range []string{"url", "cert", "key", "ca", "number", "issuer", "type"} {
		cmd.MarkFlagRequired(name)
	}
	return cmd
}

var errNumber = errors.New("the number of a document is read from standard input: use --number -")

// readNumber reads the number of a document, which is all of the first line.
func readNumber(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 1<<10)).ReadString('\n')
	if line = strings.TrimSpace(line); line == "" {
		return "", errors.Join(errors.New("there is no number on standard input"), noEOF(err))
	}
	return line, noEOF(err)
}

func noEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

func (f *searchFlags) run(cmd *cobra.Command, _ []string) (err error) {
	if f.request.Number, err = readNumber(cmd.InOrStdin()); err != nil {
		return err
	}
	if err := f.client.open(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	reply, err := f.client.search(ctx, f.request)
	if err != nil {
		return err
	}
	if err := f.print(cmd, reply, func() { showSearch(cmd.OutOrStdout(), reply) }); err != nil {
		return err
	}
	switch reply.Code {
	case protocol.NoError:
		if f.details {
			f.showDetails(ctx, cmd, reply)
		}
		return ended{code: exitFound}
	case protocol.NoAnswer:
		return nil
	}
	return fmt.Errorf("it is not known whether the document is listed: %s (request %s)", reply.Text, reply.RequestID)
}

func (f *searchFlags) print(cmd *cobra.Command, v any, show func()) error {
	if f.json {
		return printJSON(cmd, v)
	}
	show()
	return nil
}

// showDetails tells what can be had. That the document is listed stays so when
// nothing can.
func (f *searchFlags) showDetails(ctx context.Context, cmd *cobra.Command, reply protocol.SearchReply) {
	for _, found := range reply.Found {
		d, err := f.client.details(ctx, protocol.DetailsRequest{ID: found.ID, Reference: f.request.Reference})
		if err == nil {
			err = f.print(cmd, d, func() { showDetail(cmd.OutOrStdout(), d) })
		}
		if err != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "portcullis-central: details: %v\n", err)
		}
	}
}

func showSearch(w io.Writer, r protocol.SearchReply) {
	fmt.Fprintf(w, "%s (request %s)\n", r.Text, r.RequestID)
	for _, f := range r.Found {
		fmt.Fprintf(w, "  %-14s %s %s  owner %s\n", f.Status, f.Type, f.IssuingState, f.Owner)
	}
}

func showDetail(w io.Writer, r protocol.DetailsReply) {
	if r.Found == nil {
		fmt.Fprintf(w, "details: %s (request %s)\n", r.Text, r.RequestID)
		return
	}
	fmt.Fprintf(w, "details: %s %s %s\n", r.Found.Status, r.Found.Type, r.Found.IssuingState)
	for _, line := range [][2]string{
		{"owner", r.Found.Owner}, {"date", r.Date}, {"country", r.Country}, {"reference", r.NationRef}, {"lot", r.Lot}, {"kept until", r.Expires},
	} {
		if line[1] != "" {
			fmt.Fprintf(w, "  %-10s %s\n", line[0], line[1])
		}
	}
}
