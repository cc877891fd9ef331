package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"portcullis/central/keys"
)

// A passphraseFlag says where passphrases come from: a file, or else the
// terminal. One that is typed into the command itself would be seen by others.
type passphraseFlag struct {
	file string
}

func (p *passphraseFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.file, "passphrase-file", "", "file whose first line is the passphrase of sealed keys, such as /dev/fd/3; without it, the terminal is asked")
}

// open asks for the passphrase of a key that is there.
func (p *passphraseFlag) open(file string) ([]byte, error) {
	if p.file != "" {
		return p.read()
	}
	return askPerson("Passphrase of " + file + ": ")
}

// choose asks for the passphrase of new keys, twice.
func (p *passphraseFlag) choose(file string) ([]byte, error) {
	if p.file != "" {
		return p.read()
	}
	first, err := askPerson("New passphrase of " + file + ": ")
	if err != nil {
		return nil, err
	}
	second, err := askPerson("The same once more: ")
	if err == nil && !bytes.Equal(first, second) {
		err = errors.New("read passphrase: the two differ")
	}
	return first, err
}

// read takes the first line of the file. It is read once for each key, so that
// /dev/fd/3 must be a file and no pipe where there are several.
func (p *passphraseFlag) read() ([]byte, error) {
	data, err := os.ReadFile(p.file)
	if err != nil {
		return nil, fmt.Errorf("read passphrase: %w", err)
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

// askPerson asks the terminal, wherever the standard streams go.
func askPerson(prompt string) ([]byte, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, errors.New("read passphrase: there is no terminal: use --passphrase-file")
	}
	defer tty.Close()
	fmt.Fprint(tty, prompt)
	passphrase, err := term.ReadPassword(int(tty.Fd()))
	fmt.Fprintln(tty)
	return passphrase, err
}

// sealing returns how new keys are sealed, if they are to be.
func (p *passphraseFlag) sealing(seal bool) keys.Passphrase {
	if !seal {
		return nil
	}
	return p.choose
}
