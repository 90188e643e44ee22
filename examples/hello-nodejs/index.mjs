// Greets by name, and tells what a function knows of its invocation.
export const handler = (event, context) => {
  console.log("greeting", event.name ?? "whoever asks");
  return Promise.resolve({
    greeting: `Hello, ${event.name ?? "world"}!`,
    requestId: context.awsRequestId,
    millisecondsLeft: context.getRemainingTimeInMillis(),
  });
};
