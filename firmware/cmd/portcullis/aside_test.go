package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestErasingTakesDamagedListsThatWereSetAside(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	aside := setAsideIn(s.folder())
	if err := os.Mkdir(aside, 0o700); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(aside, "000001.sst"), []byte("sealed"))
	var said bytes.Buffer
	if exit := execute(t.Context(), []string{"keys", "erase", "--yes", "--config", s.configFile()}, streams{nil, &said, &said}); exit != exitOK {
		t.Fatal(said.String())
	}
	if _, err := os.Stat(aside); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
