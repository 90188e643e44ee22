// What handlers in Python see and what becomes of them, by Hearth's client and by AWS's own: the same cases, the same answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { requestIdOf } from "../fake-runtime-api.fixtures.ts";
import { ours, runPython, theirs } from "./python-client.fixtures.ts";

const NO_BREAK_SPACE = "\u00a0";
const json = { AWS_LAMBDA_LOG_FORMAT: "JSON" };

interface Body {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly requestId: string;
  readonly stackTrace: readonly string[];
}

for (const client of [ours, theirs]) {
  const { name, skip } = client;
  const answerOf = async (code: string, event: unknown = {}): Promise<unknown> => {
    const { posts } = await runPython(client, code, { event });
    assert.ok(posts[0]?.kind === "response", posts[0]?.text ?? "nothing was posted");
    return posts[0].json;
  };
  const errorOf = async (
    ...args: Parameters<typeof runPython> extends [unknown, ...infer Rest] ? Rest : never
  ): Promise<Body> => {
    const { posts } = await runPython(client, ...args);
    assert.equal(posts.length, 1);
    assert.ok(posts[0]?.kind === "error" || posts[0]?.kind === "initError", posts[0]?.text ?? "nothing was posted");
    return posts[0].json as Body;
  };

  test(`${name}: a handler answers with its result`, { skip }, async () => {
    assert.deepEqual(
      await answerOf("def handler(event, context):\n    return {'got': event}\n", { a: [1, null, "ü"] }),
      {
        got: { a: [1, null, "ü"] },
      },
    );
    assert.equal(await answerOf("def handler(event, context):\n    pass\n"), null);
  });

  test(`${name}: handlers in packages are named by dots or by slashes`, { skip }, async () => {
    const files = { "pkg/__init__.py": "", "pkg/app.py": "def handler(event, context):\n    return __name__\n" };
    for (const handler of ["pkg.app.handler", "pkg/app.handler"]) {
      const { posts } = await runPython(client, files, { handler });
      assert.equal(posts[0]?.json, "pkg.app");
    }
  });

  test(`${name}: a class with __call__ and a partial are handlers too`, { skip }, async () => {
    assert.equal(
      await answerOf("class H:\n    def __call__(self, event, context):\n        return 'called'\nhandler = H()\n"),
      "called",
    );
    assert.equal(
      await answerOf(
        "import functools\ndef f(x, event, context):\n    return x\nhandler = functools.partial(f, 'part')\n",
      ),
      "part",
    );
  });

  test(`${name}: module state and the trace id go on from one invocation to the next`, { skip }, async () => {
    const code =
      "import os\ncalls = 0\ndef handler(event, context):\n    global calls\n    calls += 1\n    return [calls, os.environ.get('_X_AMZN_TRACE_ID')]\n";
    const { posts } = await runPython(client, code, {
      events: [{ body: "{}", headers: { "Lambda-Runtime-Trace-Id": "Root=1" } }, { body: "{}" }],
    });
    assert.deepEqual(
      posts.map((it) => it.json),
      [
        [1, "Root=1"],
        [2, null],
      ],
    );
  });

  test(`${name}: the context is complete`, { skip }, async () => {
    const code = `def handler(event, context):
    names = [it for it in dir(context) if not it.startswith("_")]
    client = context.client_context
    return {
        "names": names,
        "plain": [context.aws_request_id, context.function_name, context.function_version, context.memory_limit_in_mb,
                  context.log_group_name, context.log_stream_name, context.invoked_function_arn, context.tenant_id],
        "client": [client.custom, client.env, client.client.app_title, client.client.installation_id],
        "identity": [context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id],
        "left": 0 < context.get_remaining_time_in_millis() <= 30000,
        "w3c": context.w3c(),
        "repr": repr(context),
        "client_repr": repr(client),
    }
`;
    const { posts } = await runPython(client, code, {
      events: [
        {
          body: "{}",
          headers: {
            "Lambda-Runtime-Client-Context":
              '{"custom":{"a":"b"},"env":{"c":"d"},"client":{"app_title":"t","other":1},"w3c":{"traceparent":"p","x":"y"}}',
            "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
            "Lambda-Runtime-Aws-Tenant-Id": "tenant",
          },
        },
      ],
    });
    const arn = "arn:aws:lambda:us-east-1:111122223333:function:fake";
    const clientRepr =
      "ClientContext([custom={'a': 'b'},env={'c': 'd'},client=Client([installation_id=None,app_title=t,app_version_name=None,app_version_code=None,app_package_name=None])])";
    assert.deepEqual(posts[0]?.json, {
      names: [
        "aws_request_id",
        "client_context",
        "function_name",
        "function_version",
        "get_remaining_time_in_millis",
        "identity",
        "invoked_function_arn",
        "log",
        "log_group_name",
        "log_stream_name",
        "memory_limit_in_mb",
        "tenant_id",
        "w3c",
      ],
      plain: [requestIdOf(0), "fake", "$LATEST", "128", "/aws/lambda/fake", "stream", arn, "tenant"],
      client: [{ a: "b" }, { c: "d" }, "t", null],
      identity: ["i", "p"],
      left: true,
      w3c: { traceparent: "p" },
      repr: `LambdaContext([aws_request_id=${requestIdOf(0)},log_group_name=/aws/lambda/fake,log_stream_name=stream,function_name=fake,memory_limit_in_mb=128,function_version=$LATEST,invoked_function_arn=${arn},client_context=${clientRepr},identity=CognitoIdentity([cognito_identity_id=i,cognito_identity_pool_id=p]),tenant_id=tenant])`,
      client_repr: clientRepr,
    });
  });

  test(`${name}: without client context and identity the context has None`, { skip }, async () => {
    const code =
      "def handler(event, context):\n    return [context.client_context, context.identity.cognito_identity_id, context.tenant_id]\n";
    assert.deepEqual(await answerOf(code), [null, null, null]);
  });

  test(`${name}: decimals are numbers digit by digit, and not-a-number stays`, { skip }, async () => {
    const code = (value: string): string =>
      `from decimal import Decimal\ndef handler(event, context):\n    return ${value}\n`;
    const textOf = async (value: string): Promise<string | undefined> =>
      (await runPython(client, code(value))).posts[0]?.text;

    assert.equal(
      await textOf("{'a': Decimal('1.10'), 'b': [Decimal('12345678901234567890.5')]}"),
      '{"a": 1.10, "b": [12345678901234567890.5]}',
    );
    assert.equal(await textOf("[Decimal('NaN'), float('inf')]"), "[NaN, Infinity]");
  });

  test(`${name}: bytes are the response as they are`, { skip }, async () => {
    const { posts } = await runPython(client, "def handler(event, context):\n    return b'raw \\xf0\\x9f\\x8e\\x89'\n");

    assert.deepEqual([posts[0]?.text, posts[0]?.headers["content-type"]], ["raw 🎉", "application/unknown"]);
  });

  test(`${name}: a result that is no JSON is a MarshalError`, { skip }, async () => {
    assert.deepEqual(await errorOf("def handler(event, context):\n    return {1, 2}\n"), {
      errorType: "Runtime.MarshalError",
      errorMessage: "Unable to marshal response: Object of type set is not JSON serializable",
      requestId: requestIdOf(0),
      stackTrace: [],
    });
  });

  test(`${name}: an exception has its type, its message and the function's own stack`, { skip }, async () => {
    const code =
      "def inner():\n    raise ValueError('bo\\u00f6m')\n\ndef handler(event, context):\n    return inner() + 1\n";
    const outcome = await runPython(client, code);

    const file = `${outcome.taskRoot}/app.py`;
    assert.deepEqual(outcome.posts[0]?.json, {
      errorType: "ValueError",
      errorMessage: "boöm",
      requestId: requestIdOf(0),
      stackTrace: [
        `  File "${file}", line 5, in handler\n    return inner() + 1\n`,
        `  File "${file}", line 2, in inner\n    raise ValueError('bo\\u00f6m')\n`,
      ],
    });
    assert.deepEqual(
      outcome.frames.map((it) => it.text.trimEnd().replaceAll(NO_BREAK_SPACE, "_")),
      [
        `[ERROR] ValueError: boöm\nTraceback (most recent call last):\n__File "${file}", line 5, in handler\n____return inner() + 1\n__File "${file}", line 2, in inner\n____raise ValueError('bo\\u00f6m')`,
      ],
    );
  });

  test(`${name}: an exception of a class of the function's own, without a message, is named all the same`, {
    skip,
  }, async () => {
    const code = "class Mine(Exception):\n    pass\n\ndef handler(event, context):\n    raise Mine()\n";
    const { errorType, errorMessage } = await errorOf(code);

    assert.deepEqual([errorType, errorMessage], ["Mine", ""]);
  });

  test(`${name}: the function goes on after an exception, and not after sys.exit`, { skip }, async () => {
    const code =
      "import sys\nn = 0\ndef handler(event, context):\n    global n\n    n += 1\n    if n == 1:\n        raise KeyError('once')\n    if n == 3:\n        sys.exit(7)\n    return n\n";
    const outcome = await runPython(client, code, { events: [{ body: "{}" }, { body: "{}" }, { body: "{}" }] });

    assert.deepEqual(
      outcome.posts.map((it) => it.kind),
      ["error", "response"],
    );
    const [first] = outcome.posts;
    assert.equal((first?.json as Body | undefined)?.errorMessage, "'once'");
    assert.equal(outcome.exitCode, 7);
  });

  const CANNOT_LOAD: readonly (readonly [string, Readonly<Record<string, string>>, string, string, RegExp])[] = [
    [
      "a module that is not there",
      { "other.py": "" },
      "app.handler",
      "Runtime.ImportModuleError",
      /^Unable to import module 'app': No module named 'app'$/u,
    ],
    [
      "a module that imports what is not there",
      { "app.py": "import absent\n" },
      "app.handler",
      "Runtime.ImportModuleError",
      /^Unable to import module 'app': No module named 'absent'$/u,
    ],
    [
      "a handler that is not there",
      { "app.py": "" },
      "app.nope",
      "Runtime.HandlerNotFound",
      /^Handler 'nope' missing on module 'app'$/u,
    ],
    [
      "a handler without a dot",
      { "app.py": "" },
      "app",
      "Runtime.MalformedHandlerName",
      /^Bad handler 'app': not enough values to unpack \(expected 2, got 1\)$/u,
    ],
    [
      "a module of the interpreter's own name",
      { "sys.py": "" },
      "sys.handler",
      "Runtime.BuiltInModuleConflict",
      /^Cannot use built-in module sys as a handler module$/u,
    ],
    [
      "a syntax error",
      { "app.py": "def handler(:\n" },
      "app.handler",
      "Runtime.UserCodeSyntaxError",
      /^Syntax error in module 'app': .*\(app\.py, line 1\)$/u,
    ],
  ];
  for (const [what, files, handler, errorType, message] of CANNOT_LOAD) {
    test(`${name}: ${what} is a ${errorType}`, { skip }, async () => {
      const outcome = await runPython(client, files, { handler });

      assert.deepEqual(
        outcome.posts.map((it) => it.kind),
        ["initError"],
      );
      const body = outcome.posts[0]?.json as Body;
      assert.deepEqual([body.errorType, body.requestId, outcome.exitCode], [errorType, "", 1]);
      assert.equal(outcome.posts[0]?.headers["lambda-runtime-function-error-type"], errorType);
      assert.match(body.errorMessage, message);
      if (errorType === "Runtime.UserCodeSyntaxError")
        assert.deepEqual(body.stackTrace, [`  File "${outcome.taskRoot}/app.py" Line 1\n    def handler(:\n`]);
      else assert.deepEqual(body.stackTrace, []);
      assert.match(
        outcome.frames[0]?.text ?? "",
        /^\[WARNING\]\t[\d-]+T[\d:.]+Z\t\tLAMBDA_WARNING: Unhandled exception\./u,
      );
      assert.ok(outcome.frames[1]?.text.startsWith(`[ERROR] ${errorType}: `));
    });
  }

  test(`${name}: an exception while the module loads is reported as it is`, { skip }, async () => {
    const body = await errorOf("raise RuntimeError('at load')\n");

    assert.deepEqual([body.errorType, body.errorMessage, body.requestId], ["RuntimeError", "at load", ""]);
    assert.match(
      body.stackTrace.at(-1) ?? "",
      /app\.py", line 1, in <module>\n {4}raise RuntimeError\('at load'\)\n$/u,
    );
  });

  const logging = "import logging\nlog = logging.getLogger('mine')\n";

  test(`${name}: records are text with level, time, request id and message`, { skip }, async () => {
    const code = `${logging}def handler(event, context):\n    logging.getLogger().setLevel('INFO')\n    log.info('a %s', 'b')\n    log.debug('hidden')\n    log.error('two\\nlines')\n    context.log('by context')\n`;
    const { frames } = await runPython(client, code);

    const id = requestIdOf(0);
    assert.deepEqual(
      frames.map((it) => it.text.replace(/\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t/u, "\tTIME\t")),
      [`[INFO]\tTIME\t${id}\ta b\n`, `[ERROR]\tTIME\t${id}\ttwo\nlines\n`, "by context"],
    );
  });

  test(`${name}: a logged exception has its traceback under the message`, { skip }, async () => {
    const code = `${logging}def handler(event, context):\n    try:\n        1 / 0\n    except ZeroDivisionError:\n        log.exception('went')\n`;
    const [frame] = (await runPython(client, code)).frames;

    assert.match(
      frame?.text ?? "",
      /\twent\nTraceback \(most recent call last\):\n {2}File "[^"]+app\.py", line 5, in handler\n[\s\S]*ZeroDivisionError: division by zero$/u,
    );
  });

  test(`${name}: records are JSON where the function says so, with what was added to them`, { skip }, async () => {
    const code = `${logging}def handler(event, context):\n    log.warning('a %s', 'b', extra={'order': 7})\n    log.error({'plain': True})\n    try:\n        1 / 0\n    except ZeroDivisionError:\n        log.exception('went')\n`;
    const { frames } = await runPython(client, code, {
      env: { ...json, AWS_LAMBDA_LOG_LEVEL: "INFO" },
      events: [{ body: "{}", headers: { "Lambda-Runtime-Aws-Tenant-Id": "tenant" } }],
    });

    const lines = frames.map((it) => JSON.parse(it.text) as Record<string, unknown>);
    assert.match(String(lines[0]?.["timestamp"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u);
    const { timestamp: _, ...first } = lines[0] ?? {};
    assert.deepEqual(first, {
      level: "WARNING",
      message: "a b",
      logger: "mine",
      requestId: requestIdOf(0),
      tenantId: "tenant",
      order: 7,
    });
    assert.deepEqual(lines[1]?.["message"], { plain: true });
    const { errorType, errorMessage, stackTrace, location } = lines[2] as Record<string, unknown>;
    assert.deepEqual([errorType, errorMessage], ["ZeroDivisionError", "division by zero"]);
    assert.match(String((stackTrace as string[])[0]), /app\.py", line 7, in handler\n/u);
    assert.match(String(location), /app\.py:handler:9$/u);
    assert.deepEqual(
      frames.map((it) => it.type),
      [0xa55a0012, 0xa55a0016, 0xa55a0016],
    );
  });

  test(`${name}: an exception in JSON is one event`, { skip }, async () => {
    const { frames } = await runPython(client, "def handler(event, context):\n    raise ValueError('boom')\n", {
      env: json,
    });

    const line = JSON.parse(frames[0]?.text ?? "") as Record<string, unknown>;
    assert.deepEqual(
      [line["level"], line["errorType"], line["errorMessage"], line["requestId"]],
      ["ERROR", "ValueError", "boom", requestIdOf(0)],
    );
  });

  test(`${name}: the function's level is the root logger's`, { skip }, async () => {
    const code = `${logging}def handler(event, context):\n    for level in ('debug', 'info', 'warning', 'error', 'critical'):\n        getattr(log, level)(level)\n`;
    const seen = async (env: Readonly<Record<string, string>>): Promise<readonly string[]> =>
      (await runPython(client, code, { env })).frames.map((it) => (JSON.parse(it.text) as { message: string }).message);

    assert.deepEqual(await seen({ ...json, AWS_LAMBDA_LOG_LEVEL: "TRACE" }), [
      "debug",
      "info",
      "warning",
      "error",
      "critical",
    ]);
    assert.deepEqual(await seen({ ...json, AWS_LAMBDA_LOG_LEVEL: "ERROR" }), ["error", "critical"]);
    assert.deepEqual(await seen({ ...json, AWS_LAMBDA_LOG_LEVEL: "FATAL" }), ["critical"]);
    assert.deepEqual(await seen(json), ["warning", "error", "critical"]);
  });

  test(`${name}: what is printed goes out at once, in the order in which it is written`, { skip }, async () => {
    const { stdout, stderr } = await runPython(
      client,
      "import sys, os\ndef handler(event, context):\n    print('one', end='')\n    print('err', file=sys.stderr)\n    print('two')\n    os._exit(3)\n",
    );

    assert.deepEqual([stdout, stderr], ["onetwo\n", "err\n"]);
  });

  test(`${name}: without a descriptor the log is lines of standard output`, { skip }, async () => {
    const code = `${logging}def handler(event, context):\n    log.error('line')\n    raise ValueError('boom')\n`;
    const { stdout } = await runPython(client, code, { hasTelemetry: false });

    assert.match(
      stdout,
      /^\[ERROR\]\t[^\t]+\t[\w-]+\tline\n\[ERROR\] ValueError: boom\rTraceback \(most recent call last\):\r[^\n]+\n$/u,
    );
  });

  test(`${name}: an event that is no JSON, and a client context that is none, are the runtime's errors`, {
    skip,
  }, async () => {
    const { posts } = await runPython(client, "def handler(event, context):\n    return 1\n", {
      events: [{ body: "{" }, { body: "{}", headers: { "Lambda-Runtime-Client-Context": "{" } }],
    });

    assert.deepEqual(
      posts.map((it) => (it.json as Body).errorType),
      ["Runtime.UnmarshalError", "Runtime.LambdaContextUnmarshalError"],
    );
    const second = posts[1]?.json as Body | undefined;
    assert.match(second?.errorMessage ?? "", /^Unable to parse Client Context JSON: /u);
  });
}

const searching = `import sys
def handler(event, context):
    return sys.path
`;

test("imports look in the package, the layers and the runtime, in this order, and then in what Python came with", {
  skip: ours.skip,
}, async () => {
  const { posts } = await runPython(ours, searching, { env: { _HEARTH_OPT: "/layers" } });

  const [task = "", site = "", layer = "", ...rest] = (posts[0]?.json ?? []) as string[];
  assert.match(site, /^\/layers\/python\/lib\/python3\.\d+\/site-packages$/u);
  assert.equal(layer, "/layers/python");
  const runtime = rest.findIndex((it) => it.endsWith("/runtimes/python"));
  const standard = rest.findIndex((it) => /\/python3\.\d+$/u.test(it));
  assert.ok(runtime !== -1 && runtime < standard, rest.join(" "));
  assert.ok(!rest.includes(task));
});

test("who sets a PYTHONPATH has no layers in it, as on AWS", { skip: ours.skip }, async () => {
  const { posts } = await runPython(ours, searching, { env: { PYTHONPATH: "/mine:/more", _HEARTH_OPT: "/layers" } });

  const [, runtime = "", ...rest] = (posts[0]?.json ?? []) as string[];
  assert.ok(runtime.endsWith("/runtimes/python"));
  assert.deepEqual(rest.slice(0, 2), ["/mine", "/more"]);
  assert.ok(!rest.some((it) => it.startsWith("/layers")));
});
