package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/itchyny/gojq"
)

// The rules are the jq program in rules/ and its two entry points.
type rules struct {
	source    string
	step, log *gojq.Code
}

// loadRules puts the files of a folder together in the order of their names.
func loadRules(dir string) (*rules, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.jq"))
	if err != nil {
		return nil, err
	}
	var source strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		source.Write(append(text, '\n'))
	}
	r := &rules{source: source.String()}
	if r.step, err = r.compile("step($ips)", "$ips"); err != nil {
		return nil, err
	}
	if r.log, err = r.compile("log($name; $previous)", "$name", "$previous"); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *rules) compile(question string, variables ...string) (*gojq.Code, error) {
	query, err := gojq.Parse(r.source + question)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	code, err := gojq.Compile(query, gojq.WithVariables(variables))
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	return code, nil
}

// run asks one question about a pod and decodes the answer, which is left alone when it is null.
func (r *rules) run(question *gojq.Code, pod, answer any, variables ...any) error {
	var input any
	if err := convert(pod, &input); err != nil {
		return err
	}
	output, _ := question.Run(input, variables...).Next()
	if err, failed := output.(error); failed {
		return fmt.Errorf("rules: %w", err)
	}
	return convert(output, answer)
}

// convert goes by way of JSON, so that numbers are what gojq takes.
func convert(from, to any) error {
	data, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, to)
}
