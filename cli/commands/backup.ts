import type { SingleBar } from 'cli-progress';
import { type BackupProgress, backupFolder } from '../../core/backup.ts';
import { commandSettings, dataDirOption, jsonOption } from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { progressBar } from '../progress-bar.ts';
import { outsideOf } from '../stack/describe-stack.ts';
import { UsageError } from '../usage-error.ts';

export const backup = defineCommand({
  operands: 'DIR',
  description: `Copies log, store and the broker's state into an empty or new folder, consistent, also while millrace up runs. The copy
is a data folder: millrace up --data-dir DIR goes on from there. Kafka, PostgreSQL and InfluxDB have backups of their own;
what is there is named and not copied.`,
  options: { 'data-dir': dataDirOption, json: jsonOption },
  examples: ['millrace backup /mnt/stick/millrace-monday'],
  async run({ values, operands }) {
    const [target, ...rest] = operands;
    if (target === undefined || rest.length > 0) throw new UsageError('backup takes one DIR.');
    const settings = commandSettings({ dataDir: values['data-dir'] });
    const { dataDir } = settings;
    const outside = outsideOf(settings);
    const progress = progressBars();
    try {
      const report = await backupFolder(dataDir, target, progress.onProgress);
      progress.stop();
      console.log(
        values.json
          ? JSON.stringify({ ...report, target, outside })
          : `${report.files.join(', ')} copied to ${target}.`,
      );
      if (outside.length > 0)
        console.error(`Not in it, since it is outside: ${outside.join('; ')}. Back that up there.`);
      return 0;
    } finally {
      progress.stop();
    }
  },
});

/** A bar for each file on a terminal; silent elsewhere. */
function progressBars() {
  let file: string | undefined;
  let bar: SingleBar | undefined;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    stop,
    onProgress(progress: BackupProgress) {
      if (!process.stderr.isTTY) return;
      if (progress.file !== file) {
        stop();
        file = progress.file;
        bar = progressBar(`${file.padEnd(8)} {bar} {percentage}% | {eta_formatted} to go`);
        bar.start(progress.totalPages, 0);
      }
      bar?.update(progress.copiedPages);
    },
  };
}
