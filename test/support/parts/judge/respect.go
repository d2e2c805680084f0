package main

import (
	"encoding/json"
	"fmt"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/itchyny/gojq"
)

// respect is what Argo CD applies with RespectIgnoreDifferences=true in place of the target from Git: what the paths ignore is as the
// live object has it, whatever the target says.
func respect(live, target json.RawMessage, paths []string) (answer, error) {
	bareLive, err := without(live, paths)
	if err != nil {
		return answer{}, err
	}
	bareTarget, err := without(target, paths)
	if err != nil {
		return answer{}, err
	}
	ignored, err := jsonpatch.CreateMergePatch(bareLive, live)
	if err != nil {
		return answer{}, err
	}
	applied, err := jsonpatch.MergePatch(bareTarget, ignored)
	return answer{Object: applied}, err
}

// without takes the paths out of the object.
func without(object json.RawMessage, paths []string) (json.RawMessage, error) {
	var value any
	if err := json.Unmarshal(object, &value); err != nil {
		return nil, err
	}
	for _, path := range paths {
		query, err := gojq.Parse(fmt.Sprintf("del(%s)", path))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		result, _ := query.Run(value).Next()
		if err, failed := result.(error); failed {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		value = result
	}
	return json.Marshal(value)
}
