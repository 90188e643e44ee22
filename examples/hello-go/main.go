// CGO_ENABLED=0 go build -tags lambda.norpc -o bootstrap . makes the program that a zip is to hold, for provided.al2023.
package main

import (
	"context"
	"errors"
	"log"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

var calls int

type event struct {
	Name string `json:"name"`
}

type greeting struct {
	Greeting string `json:"greeting"`
	Calls    int    `json:"calls"`
	Arn      string `json:"arn"`
}

// hello greets whoever the event names.
func hello(ctx context.Context, e event) (*greeting, error) {
	if e.Name == "" {
		return nil, errors.New("name whom to greet")
	}
	calls++
	log.Print("greeting ", e.Name)
	about, _ := lambdacontext.FromContext(ctx)
	return &greeting{"Hello, " + e.Name, calls, about.InvokedFunctionArn}, nil
}

func main() { lambda.Start(hello) }
