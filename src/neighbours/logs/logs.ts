// CloudWatch Logs: groups, streams and events, as functions and `aws logs tail` need them.
import { type Operation, operation, type RequestContext, type Service } from "../../model/operation.ts";
import { getLogEvents, putLogEvents } from "./events.ts";
import { filterLogEvents } from "./filter-log-events.ts";
import {
  createLogGroup,
  deleteLogGroup,
  deleteRetentionPolicy,
  describeLogGroups,
  listLogGroups,
  putRetentionPolicy,
} from "./groups.ts";
import type { LogsParts } from "./parts.ts";
import { createLogStream, deleteLogStream, describeLogStreams } from "./streams.ts";
import {
  listTagsForResource,
  listTagsLogGroup,
  tagLogGroup,
  tagResource,
  untagLogGroup,
  untagResource,
} from "./tags.ts";

/** The service. */
export function createLogs(parts: LogsParts): Service {
  const on = <Input, Output extends object>(
    handler: (parts: LogsParts, input: Input, context: RequestContext) => Promise<Output>,
  ): Operation => operation((input: Input, context) => handler(parts, input, context));
  return {
    name: "logs",
    operations: {
      CreateLogGroup: on(createLogGroup),
      DescribeLogGroups: on(describeLogGroups),
      DeleteLogGroup: on(deleteLogGroup),
      PutRetentionPolicy: on(putRetentionPolicy),
      DeleteRetentionPolicy: on(deleteRetentionPolicy),
      CreateLogStream: on(createLogStream),
      DescribeLogStreams: on(describeLogStreams),
      DeleteLogStream: on(deleteLogStream),
      PutLogEvents: on(putLogEvents),
      GetLogEvents: on(getLogEvents),
      FilterLogEvents: on(filterLogEvents),
      ListLogGroups: on(listLogGroups),
      TagResource: on(tagResource),
      UntagResource: on(untagResource),
      ListTagsForResource: on(listTagsForResource),
      TagLogGroup: on(tagLogGroup),
      UntagLogGroup: on(untagLogGroup),
      ListTagsLogGroup: on(listTagsLogGroup),
    },
  };
}
