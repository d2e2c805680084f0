// Promql answers, with Prometheus's own parser, linter and engine, what the tests ask about metrics, rules and queries: a JSON document in,
// one out.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

type series struct {
	Labels map[string]string `json:"labels"`
	// Points are pairs of Unix milliseconds and a value.
	Points [][2]float64 `json:"points"`
}

type question struct {
	// Exposition is what a scrape answers, to be held to the naming rules.
	Exposition string `json:"exposition"`
	// Rules is a file of rule groups, as YAML.
	Rules       string   `json:"rules"`
	Expressions []string `json:"expressions"`
	// Series are what the ranges are evaluated on.
	Series []series `json:"series"`
	Ranges []struct {
		Expression string `json:"expression"`
		StartMs    int64  `json:"startMs"`
		EndMs      int64  `json:"endMs"`
		StepMs     int64  `json:"stepMs"`
	} `json:"ranges"`
}

type selector struct {
	// Text is the selector alone, without range and offset.
	Text string `json:"text"`
	// Labels that are matched.
	Labels []string `json:"labels"`
}

type parsed struct {
	Error     string     `json:"error,omitempty"`
	Selectors []selector `json:"selectors"`
	// Labels that are grouped by or matched on.
	Labels []string `json:"labels"`
}

type evaluated struct {
	Error  string   `json:"error,omitempty"`
	Series []series `json:"series"`
}

type answer struct {
	Lint        []string    `json:"lint"`
	Rules       []string    `json:"rules"`
	Expressions []parsed    `json:"expressions"`
	Ranges      []evaluated `json:"ranges"`
}

func main() {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		log.Fatal(err)
	}
	told := answer{Lint: lint(asked.Exposition), Rules: check(asked.Rules), Expressions: []parsed{}, Ranges: evaluate(asked)}
	for _, expression := range asked.Expressions {
		told.Expressions = append(told.Expressions, parse(expression))
	}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		log.Fatal(err)
	}
}

func lint(exposition string) []string {
	found := []string{}
	problems, err := promlint.New(strings.NewReader(exposition)).Lint()
	if err != nil {
		return append(found, err.Error())
	}
	for _, problem := range problems {
		found = append(found, problem.Metric+": "+problem.Text)
	}
	return found
}

func check(rules string) []string {
	found := []string{}
	_, errs := rulefmt.Parse([]byte(rules), false, model.LegacyValidation)
	for _, err := range errs {
		found = append(found, err.Error())
	}
	return found
}

func parse(expression string) parsed {
	told := parsed{Selectors: []selector{}, Labels: []string{}}
	tree, err := parser.ParseExpr(expression)
	if err != nil {
		told.Error = err.Error()
		return told
	}
	parser.Inspect(tree, func(node parser.Node, _ []parser.Node) error {
		switch each := node.(type) {
		case *parser.VectorSelector:
			told.Selectors = append(told.Selectors, selectorOf(each))
		case *parser.AggregateExpr:
			told.Labels = append(told.Labels, each.Grouping...)
		case *parser.BinaryExpr:
			if each.VectorMatching != nil {
				told.Labels = append(told.Labels, each.VectorMatching.MatchingLabels...)
				told.Labels = append(told.Labels, each.VectorMatching.Include...)
			}
		}
		return nil
	})
	return told
}

func selectorOf(vector *parser.VectorSelector) selector {
	alone := parser.VectorSelector{Name: vector.Name, LabelMatchers: vector.LabelMatchers}
	told := selector{Text: alone.String(), Labels: []string{}}
	for _, matcher := range vector.LabelMatchers {
		if matcher.Name != labels.MetricName {
			told.Labels = append(told.Labels, matcher.Name)
		}
	}
	sort.Strings(told.Labels)
	return told
}

func evaluate(asked question) []evaluated {
	told := []evaluated{}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 50_000_000, Timeout: time.Minute})
	for _, each := range asked.Ranges {
		start, end, step := time.UnixMilli(each.StartMs), time.UnixMilli(each.EndMs), time.Duration(each.StepMs)*time.Millisecond
		query, err := engine.NewRangeQuery(context.Background(), stored(asked.Series), nil, each.Expression, start, end, step)
		if err != nil {
			told = append(told, evaluated{Error: err.Error(), Series: []series{}})
			continue
		}
		told = append(told, resultOf(query.Exec(context.Background())))
		query.Close()
	}
	return told
}

func resultOf(result *promql.Result) evaluated {
	told := evaluated{Series: []series{}}
	matrix, err := result.Matrix()
	if err != nil {
		told.Error = err.Error()
		return told
	}
	for _, each := range matrix {
		points := [][2]float64{}
		for _, point := range each.Floats {
			points = append(points, [2]float64{float64(point.T), point.F})
		}
		told.Series = append(told.Series, series{Labels: each.Metric.Map(), Points: points})
	}
	return told
}

// What is asked of, kept in memory.
type stored []series

func (all stored) Querier(_, _ int64) (storage.Querier, error) {
	return &storage.MockQuerier{SelectMockFunction: all.selectSeries}, nil
}

func (all stored) selectSeries(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	found := []storage.Series{}
	for _, each := range all {
		of := labels.FromMap(each.Labels)
		if !matches(of, matchers) {
			continue
		}
		points := []promql.FPoint{}
		for _, point := range each.Points {
			points = append(points, promql.FPoint{T: int64(point[0]), F: point[1]})
		}
		found = append(found, promql.NewStorageSeries(promql.Series{Metric: of, Floats: points}))
	}
	return &seriesSet{series: found, at: -1}
}

func matches(of labels.Labels, matchers []*labels.Matcher) bool {
	for _, matcher := range matchers {
		if !matcher.Matches(of.Get(matcher.Name)) {
			return false
		}
	}
	return true
}

type seriesSet struct {
	series []storage.Series
	at     int
}

func (set *seriesSet) Next() bool {
	set.at++
	return set.at < len(set.series)
}

func (set *seriesSet) At() storage.Series { return set.series[set.at] }
func (*seriesSet) Err() error             { return nil }

func (*seriesSet) Warnings() annotations.Annotations { return nil }
